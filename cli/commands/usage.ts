/** `muntra usage`: what the events take, by site and table, and for how long the disk lasts. */
import { parseBytes } from '../../server/config-values.ts';
import type { SystemAnswer, UsageAnswer } from '../../server/contract/system.ts';
import { MuntraError } from '../../server/errors.ts';
import type { MuntraCommand } from '../command.ts';
import { connect } from '../connection.ts';
import type { Context } from '../context.ts';
import { field } from '../output/field.ts';
import { bytes, count } from '../output/format.ts';
import { json } from '../output/json.ts';
import type { Line } from '../output/line.ts';
import { type Column, table } from '../output/table.ts';
import { dropsText } from '../report/drops.ts';

interface Flags {
  disk?: number;
  json?: boolean;
}

/** Below it the empty tables weigh too much for a guess. */
const LEAST_EVENTS = 10_000;
/** Days beyond which no guess is worth its digits. */
const LONG = 3650;

export function define(command: MuntraCommand, context: Context): void {
  command
    .option(
      '--disk <size>',
      'What the database may take, such as 20GB (default: the disk, when it is on this server)',
      readSize,
    )
    .option('--json', 'Print it as JSON')
    .examples([
      ['muntra usage', 'by site and table'],
      ['muntra usage --disk 20GB', 'and for how long 20 GB last'],
    ])
    .action(async (flags: Flags) => {
      const client = await connect(context);
      const [usage, system] = await Promise.all([client.usage(), client.system()]);
      const answer = { ...usage, ...outlook(usage, flags.disk ?? ownLimit(usage, system)) };
      if (flags.json) context.world.stdout.write(json(answer));
      else context.print(page(answer, context));
    });
}

function readSize(text: string): number {
  try {
    return parseBytes(text);
  } catch {
    throw new MuntraError('usage', `--disk ${text} is not a size`, '--disk 20GB');
  }
}

function ownLimit({ bytes: used }: UsageAnswer, { storage, disk }: SystemAnswer): number | null {
  return storage.store === 'embedded' ? used + disk.free : null;
}

interface Outlook {
  /** Events. */
  perDay: number;
  /** null: too few events to tell. */
  bytesPerDay: number | null;
  limit: number | null;
  /** Until the limit; null: it is not reached, or nobody can say. */
  daysLeft: number | null;
}

type Usage = UsageAnswer & Outlook;

function outlook({ bytes: used, events, sites }: UsageAnswer, limit: number | null): Outlook {
  const perDay = sites.reduce((sum, site) => sum + site.perDay, 0);
  const size = sites.reduce((sum, site) => sum + site.bytes, 0);
  if (events < LEAST_EVENTS) return { perDay, bytesPerDay: null, limit, daysLeft: null };
  const bytesPerDay = (size / events) * perDay;
  const bounded = bytesKept(sites, size / events) < (limit ?? 0);
  const daysLeft = limit === null || bounded ? null : Math.max(0, Math.floor((limit - used) / bytesPerDay));
  return { perDay, bytesPerDay, limit, daysLeft };
}

/** What the events come to in the end, if as many come each day as now. */
function bytesKept(sites: UsageAnswer['sites'], bytesPerEvent: number): number {
  const growing = sites.filter(({ perDay }) => perDay > 0);
  if (growing.some(({ retention }) => retention === 0)) return Number.POSITIVE_INFINITY;
  return growing.reduce((sum, { perDay, retention }) => sum + perDay * retention, 0) * bytesPerEvent;
}

const right = (title: string): Column => ({ title, align: 'right' });

function page(usage: Usage, { terminal }: Context): Line[] {
  const { sites, tables } = usage;
  const bySite = sites
    .filter(({ site }) => site !== '')
    .map(({ site, events, perDay, bytes: size, drops }) => [
      site,
      count(events),
      count(perDay),
      bytes(size),
      dropsText(drops),
    ]);
  const unknown = sites.find(({ site }) => site === '');
  return [
    ...summary(usage, terminal.columns),
    [],
    ...table(
      [
        { title: 'Site', flexible: true },
        right('Events'),
        { ...right('A day'), leaves: 1 },
        right('Size'),
        { title: 'Turned away in 30 days', flexible: true, least: 22 },
      ],
      bySite,
      terminal,
    ),
    ...(unknown ? [[], [{ text: `Turned away elsewhere: ${dropsText(unknown.drops)}`, style: 'faint' as const }]] : []),
    [],
    ...table(
      [{ title: 'Table' }, { ...right('Rows, about'), leaves: 1 }, right('Data'), right('Indexes')],
      tables.map(({ table: name, rows, bytes: data, indexes }) => [name, count(rows), bytes(data), bytes(indexes)]),
      terminal,
    ),
  ];
}

function summary(usage: Usage, width: number): Line[] {
  const { bytes: used, events, perDay, bytesPerDay, limit } = usage;
  const row = (name: string, text: string): Line[] => field(name, { text }, 10, width);
  const growth = bytesPerDay === null ? '' : `, ${bytes(bytesPerDay)}`;
  return [
    ...row('Database', `${bytes(used)}, ${count(events)} events`),
    ...row('A day', `${count(perDay)} events${growth}`),
    ...(limit === null ? [] : row('Limit', `${bytes(limit)}, ${lasting(usage)}`)),
  ];
}

function lasting({ bytesPerDay, daysLeft, sites, perDay }: Usage): string {
  if (bytesPerDay === null) return 'too early to tell for how long';
  if (daysLeft === null)
    return `enough: with what is past its retention gone, events take ${bytes(bytesKept(sites, bytesPerDay / perDay))}`;
  return daysLeft > LONG ? 'for more than ten years' : `for ${count(daysLeft)} more days`;
}
