/** The end of init: the tag and the lines for the web server as data, what to type next as talk. */
import { bySudo } from '../as-typed.ts';
import { localUrl } from '../connection.ts';
import type { Context } from '../context.ts';
import { json } from '../output/json.ts';
import type { Line } from '../output/line.ts';
import type { Plan } from './plan.ts';
import type { Setting } from './setting.ts';
import type { Wishes } from './wishes.ts';

export function printOutcome(context: Context, plan: Plan, { dataDir, running }: Setting, asJson: boolean): void {
  const { world, print, say } = context;
  const { wishes, config, tag, proxy } = plan;
  if (asJson) {
    const { storage, site, service } = wishes;
    const facts = {
      dataDir: dataDir.path,
      settings: dataDir.envFile,
      listens: localUrl(config.httpAddr),
      publicUrl: config.publicUrl || null,
    };
    world.stdout.write(json({ ...facts, storage, site: site || null, service, tag, proxy }));
    return;
  }
  if (tag !== null) {
    say([[], [{ text: `Put this into the <head> of the pages of ${wishes.site}:`, style: 'strong' }]]);
    print([[{ text: tag }]]);
  }
  if (proxy !== null) {
    say([[], [{ text: 'Put this into the configuration of the web server:', style: 'strong' }]]);
    world.stdout.write(proxy);
  }
  const restart = running && !wishes.service && plan.files.length > 0;
  say(next(context, wishes, { running, restart, proxied: proxy !== null }));
}

function next(
  { flags, world }: Context,
  { service, site }: Wishes,
  facts: { running: boolean; restart: boolean; proxied: boolean },
): Line[] {
  const place = flags.dataDir === undefined ? '' : ` --data-dir ${flags.dataDir}`;
  const muntra = bySudo(world) ? 'sudo muntra' : 'muntra';
  const lines = [
    ...(facts.restart ? ['restart the server: it still has the settings of before'] : []),
    ...(service || facts.running ? [] : [`${muntra} start${place}`]),
    ...(site === '' ? [`${muntra} sites add mysite --origin example.com${place}`] : []),
    ...(facts.proxied ? [`${muntra} proxy --check${place}`] : []),
    `${muntra} stats${place}`,
  ];
  return [[], [{ text: 'Next:', style: 'strong' }], ...lines.map((text): Line => [{ text: `  ${text}` }])];
}
