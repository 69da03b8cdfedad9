/** From wishes to what is to be done, and everything that can be known to fail before anything is written. */
import { type Config, readConfig } from '../../server/config.ts';
import { readEnvFile } from '../../server/env-file.ts';
import { MuntraError } from '../../server/errors.ts';
import { checkOrigins, checkSiteId, checkTimezone } from '../../server/sites/site.ts';
import { bySudo } from '../as-typed.ts';
import { localUrl } from '../connection.ts';
import type { Context } from '../context.ts';
import { proxySnippet } from '../proxy/snippet.ts';
import { needPort, needSystemd } from '../service/systemd.ts';
import { unit } from '../service/unit.ts';
import { trackerTag } from '../snippet.ts';
import type { World } from '../world.ts';
import { checkPort, checkPostgres, checkRedis } from './checks.ts';
import { needDocker } from './compose.ts';
import { type FileChange, planFiles } from './files.ts';
import type { Setting } from './setting.ts';
import type { Wishes } from './wishes.ts';

export interface Plan {
  wishes: Wishes;
  files: FileChange[];
  /** As it is afterwards. */
  config: Config;
  /** For the pages of the site; null where none is named. */
  tag: string | null;
  /** Lines for the web server; null while the public address is not known. */
  proxy: string | null;
}

/** Secrets are kept. Throws MuntraErrors of what cannot be. */
export async function makePlan(wishes: Wishes, context: Context, setting: Setting): Promise<Plan> {
  const { changes: files, settings } = await planFiles(wishes, setting.dataDir);
  const config = readConfig({ file: settings });
  checkSite(wishes);
  const url = localUrl(config.httpAddr);
  const tag = wishes.site === '' ? null : trackerTag(wishes.site, config.publicUrl || url);
  const proxy = config.publicUrl === '' ? null : proxySnippet(wishes.proxy, config.publicUrl, url);
  const plan = { wishes, files, config, tag, proxy };
  await checkSurroundings(plan, context, setting);
  return plan;
}

/** Says what it finds of servers that exist. */
async function checkSurroundings({ wishes, config }: Plan, { world, say }: Context, setting: Setting): Promise<void> {
  const { dataDir, machine, running, log } = setting;
  if (wishes.service) {
    needSystemd(machine, true);
    needPort(machine, config.httpAddr);
    unit({ executable: world.executable, dataDir: dataDir.path });
  }
  if (running) checkStays(config, readConfig({ file: readEnvFile(dataDir.envFile) }));
  else await checkPort(config.httpAddr);
  if (wishes.storage === 'compose') await needDocker(world.env);
  if (wishes.storage !== 'existing') return;
  needServer(config, world);
  const redis = config.redisUrl === '' ? [] : await checkRedis(config.redisUrl);
  const found = [await checkPostgres(config.postgresDsn, log), ...redis];
  say(found.map(text => [{ text: `- ${text}` }]));
}

/** For a person who is to agree. */
export function planLines({ files, wishes: { storage, site, service } }: Plan): string[] {
  return [
    ...files.map(({ what }) => what),
    ...(storage === 'compose' ? ['start Redis and PostgreSQL by docker compose'] : []),
    'make the tables, or bring them up to date',
    ...(site === '' ? [] : [`add the site ${site}, if it is not there`]),
    ...(service ? ['install and start the systemd service'] : []),
  ];
}

function checkSite({ site, origins, timezone }: Wishes): void {
  if (site === '') return;
  checkSiteId(site);
  checkOrigins(origins);
  if (timezone !== undefined) checkTimezone(timezone);
}

function checkStays(after: Config, before: Config): void {
  if (after.postgresDsn === before.postgresDsn && after.redisUrl === before.redisUrl) return;
  const message = 'The server runs, and its data cannot be moved elsewhere under it';
  throw new MuntraError(
    'already_running',
    message,
    'stop it first: sudo systemctl stop muntra, or Ctrl-C where it runs',
  );
}

function needServer({ postgresDsn }: Config, world: World): void {
  if (postgresDsn !== '') return;
  const named = 'MUNTRA_POSTGRES_DSN=postgres://user:password@host:5432/database';
  const init = 'muntra init --yes --storage existing';
  // Of what the user has in the environment sudo passes on only what it is told to.
  const preserving = 'sudo --preserve-env=MUNTRA_POSTGRES_DSN,MUNTRA_REDIS_URL';
  const hint = bySudo(world) ? `export ${named}, then ${preserving} ${init}` : `${named} ${init}`;
  throw new MuntraError('usage', 'Which PostgreSQL? It is named in MUNTRA_POSTGRES_DSN', hint);
}
