/** One list under its headline. */
import type { BreakdownAnswer } from '../../server/contract/stats.ts';
import type { Line } from '../output/line.ts';
import type { Terminal } from '../output/terminal.ts';
import { headline, type Subject } from './headline.ts';
import { list } from './list.ts';

/** `before`: the rows of the period before, to compare with. */
export function topPage(
  by: string,
  rows: BreakdownAnswer,
  before: BreakdownAnswer | undefined,
  subject: Subject,
  terminal: Terminal,
): Line[] {
  const nothing: Line = [{ text: 'Nothing was counted in this time.', style: 'faint' }];
  return [...headline(subject), [], ...(rows.length === 0 ? [nothing] : list(by, rows, terminal, before))];
}
