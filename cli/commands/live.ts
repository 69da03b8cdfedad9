/**
 * `muntra live`: on a terminal a picture that is drawn again in place, elsewhere a line for each reading. A server that
 * goes away for a while is waited for.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Option } from 'commander';
import { MuntraError } from '../../server/errors.ts';
import type { Client } from '../client.ts';
import { type MuntraCommand, repeatable } from '../command.ts';
import { connect } from '../connection.ts';
import type { Context } from '../context.ts';
import { failureLines } from '../failure.ts';
import { counted } from '../output/format.ts';
import { openFullscreen } from '../output/fullscreen.ts';
import { jsonLine } from '../output/json.ts';
import type { Line } from '../output/line.ts';
import { type Terminal, terminalOf } from '../output/terminal.ts';
import { pickSite } from '../pick-site.ts';
import { fleetPicture } from '../report/live-fleet.ts';
import { type SiteReading, sitePicture } from '../report/live-site.ts';
import { sumOf, weekBeforeText } from '../report/week-before.ts';

interface LiveFlags {
  interval: number;
  filter?: string[];
  compare?: boolean;
  json?: boolean;
}

/** One reading, in each of its forms. */
interface View {
  picture(terminal: Terminal): Line[];
  line(terminal: Terminal): string;
  data: object;
}

type Read = () => Promise<View>;

export function define(command: MuntraCommand, context: Context): void {
  command
    .argument('[site]', 'Its id; without one, all sites')
    .option('--filter <filter>', 'Only events such as browser:is:Firefox, repeatable', repeatable)
    .option('--compare', 'Show the last 30 minutes beside the same a week before')
    .addOption(new Option('--interval <seconds>', 'Between two readings').argParser(readInterval).default(2))
    .option('--json', 'Print each reading as a line of JSON')
    .examples([
      ['muntra live mysite', 'until Ctrl-C'],
      ['muntra live', 'all sites'],
      ['muntra live mysite --compare', 'more than a week ago at this time?'],
      ['muntra live mysite --json --interval 60 >> log', 'a line of JSON each minute'],
    ])
    .action(async (id: string | undefined, flags: LiveFlags) => {
      const client = await connect(context);
      const read = id === undefined ? fleetReader(client, flags) : await siteReader(client, id, flags);
      await watch(read, flags, context);
    });
}

async function siteReader(client: Client, id: string, flags: LiveFlags): Promise<Read> {
  const { id: site, timezone } = await pickSite(client, id);
  return async () => {
    const data: SiteReading = { site, ...(await client.live(site, flags.filter ?? [])) };
    const pageviews = counted(data.minutes.at(-1)?.pageviews ?? 0, 'pageview');
    return {
      picture: terminal => sitePicture(data, timezone, flags.compare ?? false, terminal),
      line: terminal => {
        const now = `${stamp(data.at)} ${site}: ${counted(data.active, 'visitor')} now, ${pageviews} this minute`;
        return flags.compare ? `${now}; ${weekBeforeText(data, terminal)}` : now;
      },
      data,
    };
  };
}

function fleetReader(client: Client, flags: LiveFlags): Read {
  return async () => {
    const data = await client.fleetLive(flags.filter ?? []);
    const busy = data.sites.filter(({ active }) => active > 0).map(({ site, active }) => `${site} ${active}`);
    return {
      picture: terminal => fleetPicture(data, flags.compare ?? false, terminal),
      line: terminal => {
        const now = [`${stamp(data.at)} all sites: ${counted(data.active, 'visitor')} now`, ...busy].join(', ');
        return flags.compare ? `${now}; ${weekBeforeText(sumOf(data.sites), terminal)}` : now;
      },
      data,
    };
  };
}

/** Until it is interrupted, which it throws. Only the first reading may fail. */
async function watch(read: Read, { interval, json }: LiveFlags, { world, flags, print, say }: Context): Promise<never> {
  let view = await read();
  const screen = world.stdout.isTTY && !json ? openFullscreen(world) : undefined;
  try {
    for (let trouble: Line[] = []; ; ) {
      const terminal = terminalOf(world.stdout, world.env, flags.color);
      if (screen) screen.draw([...trouble, ...view.picture(terminal)], terminal);
      else if (trouble.length > 0) say(trouble);
      else if (json) world.stdout.write(jsonLine(view.data));
      else print([[{ text: view.line(terminal) }]]);
      await sleep(interval * 1000, undefined, { signal: world.interrupt });
      try {
        [view, trouble] = [await read(), []];
      } catch (error) {
        if (!(error instanceof MuntraError)) throw error;
        trouble = failureLines(error, world);
      }
    }
  } finally {
    screen?.close();
  }
}

const stamp = (time: number): string => new Date(time).toISOString().slice(0, 19).concat('Z');

function readInterval(text: string): number {
  const seconds = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (seconds >= 1) return seconds;
  throw new MuntraError('usage', `--interval ${text} is not a number of seconds`, '--interval 5');
}
