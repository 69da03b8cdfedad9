/** What was checked, each with its outcome: the answer of `muntra doctor` and `muntra proxy --check`. */
import { MuntraError } from '../../server/errors.ts';
import { asTyped } from '../as-typed.ts';
import type { Context } from '../context.ts';
import { json } from '../output/json.ts';
import type { Line } from '../output/line.ts';

export interface Check {
  name: string;
  ok: boolean;
  /** What was found. */
  detail: string;
  /** What to do about it; '' when there is nothing to be done. */
  hint: string;
}

export const passed = (name: string, detail: string): Check => ({ name, ok: true, detail, hint: '' });
export const failed = (name: string, detail: string, hint: string): Check => ({ name, ok: false, detail, hint });

/** The check's outcome; an error for people is one too. */
export async function attempt(name: string, check: () => Promise<Check>): Promise<Check> {
  try {
    return await check();
  } catch (error) {
    if (error instanceof MuntraError) return failed(name, error.message, error.hint);
    throw error;
  }
}

/** Prints them; throws MuntraError `unhealthy` when one has failed. */
export function reportChecks(context: Context, checks: Check[], asJson: boolean): void {
  if (asJson) context.world.stdout.write(json(checks));
  else context.print(checkLines(checks, context));
  const bad = checks.filter(({ ok }) => !ok);
  const [first] = bad;
  if (!first) return;
  const names = bad.map(({ name }) => name).join(', ');
  throw new MuntraError('unhealthy', `${bad.length} of ${checks.length} checks failed: ${names}`, first.hint);
}

/** A line for each, with its remedy below. */
export function checkLines(checks: Check[], { terminal, world }: Context): Line[] {
  const [good, bad] = terminal.unicode ? ['✓', '✗'] : ['ok  ', 'FAIL'];
  const width = Math.max(...checks.map(({ name }) => name.length));
  return checks.flatMap(({ name, ok, detail, hint }): Line[] => {
    const mark = { text: ok ? good : bad, style: ok ? 'good' : 'bad' } as const;
    const found = [
      mark,
      { text: ` ${name.padEnd(width)}  ` },
      { text: detail, style: ok ? 'faint' : undefined },
    ] as const;
    const indent = ' '.repeat(mark.text.length + width + 3);
    const remedy = hint.split('\n').map((text): Line => [{ text: indent + asTyped(text, world), style: 'accent' }]);
    return [[...found], ...(hint === '' ? [] : remedy)];
  });
}
