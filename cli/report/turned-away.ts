/** What was turned away instead of counted: a row for each UTC day, and the robots that came most. */
import { DROP_REASONS, type DropReason, type DropsAnswer } from '../../server/contract/site.ts';
import type { Context } from '../context.ts';
import { bar } from '../output/bar.ts';
import { csv } from '../output/csv.ts';
import { count, date } from '../output/format.ts';
import { json } from '../output/json.ts';
import type { Line } from '../output/line.ts';
import { type Column, table } from '../output/table.ts';
import type { Terminal } from '../output/terminal.ts';
import { headline, type Subject } from './headline.ts';

export interface TurnedAway extends DropsAnswer {
  /** null: all, and what names none. */
  site: string | null;
  /** Unix milliseconds, [from, to). */
  from: number;
  to: number;
}

const TITLES: Record<DropReason, string> = {
  bot: 'Bots',
  unknown_site: 'Unknown site',
  origin: 'Other origin',
  malformed: 'Malformed',
  too_large: 'Too large',
  rate: 'Too many',
  full: 'Buffer full',
};

export function printTurnedAway(
  away: TurnedAway,
  subject: Subject,
  format: { json?: boolean; csv?: boolean },
  { world, terminal, print }: Context,
): void {
  if (format.json) world.stdout.write(json(away));
  else if (format.csv) world.stdout.write(csv(rows(away)));
  else print(turnedAwayPage(away, subject, terminal));
}

/** One table: `section` is `day` or `bot`. */
function rows({ days, bots }: DropsAnswer): (string | number)[][] {
  const byDay = days.flatMap(({ day, reasons }) =>
    Object.entries(reasons).map(([reason, events]) => ['day', day, reason, events]),
  );
  return [['section', 'day', 'name', 'events'], ...byDay, ...bots.map(({ bot, events }) => ['bot', '', bot, events])];
}

export function turnedAwayPage({ days, bots }: DropsAnswer, subject: Subject, terminal: Terminal): Line[] {
  const nothing: Line = [{ text: 'Nothing was turned away in this time.', style: 'faint' }];
  const list = bots.length === 0 ? [] : [[], ...botList(bots, terminal)];
  return [...headline(subject), [], ...(days.length === 0 ? [nothing] : dayTable(days, terminal)), ...list];
}

/** Only reasons that there were. */
function dayTable(days: DropsAnswer['days'], terminal: Terminal): Line[] {
  const total = (reason: DropReason): number => days.reduce((sum, { reasons }) => sum + (reasons[reason] ?? 0), 0);
  const reasons = DROP_REASONS.filter(reason => total(reason) > 0);
  const columns: Column[] = [
    { title: 'Day (UTC)' },
    ...reasons.map((reason): Column => ({ title: TITLES[reason], align: 'right' })),
  ];
  const cells = days.map(({ day, reasons: counts }) => [
    date(Date.parse(day), 'UTC'),
    ...reasons.map(reason => count(counts[reason] ?? 0)),
  ]);
  const sum = ['All', ...reasons.map(reason => count(total(reason)))];
  return table(columns, days.length > 1 ? [...cells, sum] : cells, terminal);
}

function botList(bots: DropsAnswer['bots'], terminal: Terminal): Line[] {
  const width = Math.floor(terminal.columns / 5);
  const most = bots[0]?.events ?? 1;
  const columns: Column[] = [
    { title: { text: 'Bots', style: 'strong' }, flexible: true },
    { title: 'Events', align: 'right' },
    { title: ' '.repeat(width), style: 'bar', leaves: 1 },
  ];
  const cells = bots.map(({ bot, events }) => [bot, count(events), bar(events / most, width, terminal.unicode)]);
  return table(columns, cells, terminal, { fill: true });
}
