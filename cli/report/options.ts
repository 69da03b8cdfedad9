/** The flags that every report takes: its time, its filters, its length and its format. */
import { Option } from 'commander';
import { BREAKDOWN_LIMIT, PERIODS, type PeriodName } from '../../server/contract/stats.ts';
import { MuntraError } from '../../server/errors.ts';
import { givenPeriod, namedPeriod, type Period } from '../../server/stats/period.ts';
import { type MuntraCommand, repeatable } from '../command.ts';

export interface ReportFlags {
  period: PeriodName;
  from?: string;
  to?: string;
  filter?: string[];
  limit: number;
  compare?: boolean;
  json?: boolean;
  csv?: boolean;
}

export function addReportOptions(command: MuntraCommand, defaultLimit: number): MuntraCommand {
  return command
    .addOption(new Option('--period <name>', 'The time to look at').choices(PERIODS).default('30d'))
    .option('--from <time>', 'Its first moment: 2025-11-01, 2025-11-01T14:30 (of the site) or unix milliseconds')
    .option('--to <time>', 'Its end (default: now); a day is included')
    .option('--filter <filter>', 'Only events such as browser:is:Firefox, repeatable', repeatable)
    .addOption(new Option('--limit <rows>', 'Rows of each list').argParser(readLimit).default(defaultLimit))
    .option('--compare', 'Show the figures of the period before')
    .addOption(new Option('--json', 'Print JSON (docs/cli.md)').conflicts('csv'))
    .option('--csv', 'Print CSV');
}

/** Throws MuntraError `usage`. */
export function readPeriod({ period, from, to }: ReportFlags, now: number, zone: string): Period {
  if (from !== undefined) return givenPeriod(from, to, now, zone);
  if (to === undefined) return namedPeriod(period, now, zone);
  throw new MuntraError('usage', '--to needs --from', `--from 2025-11-01 --to ${to}`);
}

function readLimit(text: string): number {
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= BREAKDOWN_LIMIT.max) return limit;
  throw new MuntraError(
    'usage',
    `--limit ${text} is not a whole number from 1 to ${BREAKDOWN_LIMIT.max}`,
    '--limit 20',
  );
}
