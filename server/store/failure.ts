/** Words for people for what PostgreSQL's programs print when they fail. */
import { MuntraError } from '../errors.ts';

/** `initdb: error: ...`, or `2026-01-31 12:00:00.000 UTC [123] FATAL:  ...` */
const PROBLEM = /^.*?(error|FATAL|PANIC): +/;

/** What the sessions of a killed server print into the log of the next one, once they notice. */
const LEFTOVER = /unexpected postmaster exit$/;

/** `output` may be long; its last line that names an error of its own is shown. */
export function explainFailure(
  what: string,
  place: string,
  output: string,
  options?: { cause?: unknown },
): MuntraError {
  if (/no space left on device|disk quota exceeded/i.test(output)) {
    return new MuntraError(
      'data_dir',
      `${what}: the disk of ${place} is full`,
      'free some space and start again',
      options,
    );
  }
  if (/permission denied/i.test(output)) {
    const hint = 'PostgreSQL does not run as root: let every user enter the directories above, or move MUNTRA_DATA_DIR';
    return new MuntraError('data_dir', `${what}: its user cannot enter ${place}`, hint, options);
  }
  const lines = output.split('\n').filter(line => line.trim() !== '');
  const line =
    lines.findLast(text => PROBLEM.test(text) && !LEFTOVER.test(text)) ?? lines.at(-1) ?? 'it printed nothing';
  return new MuntraError(
    'store_start',
    `${what}: ${line.replace(PROBLEM, '')}`,
    `look into ${place}, and server.log there`,
    options,
  );
}
