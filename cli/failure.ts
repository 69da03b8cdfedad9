/** What went wrong, as two lines for a person: `Error: what happened` and `Try:   what to do`. Never a stack trace. */
import { MuntraError, systemCode } from '../server/errors.ts';
import { asTyped } from './as-typed.ts';
import type { Line } from './output/line.ts';
import type { World } from './world.ts';

/** Any thrown value as an error with a code, a message and a hint. */
export function asMuntraError(error: unknown): MuntraError {
  if (error instanceof MuntraError) return error;
  const { message, hint } = REMEDIES[systemCode(error)] ?? {
    message: `Something unexpected: ${error instanceof Error ? error.message : String(error)}`,
    hint: 'run it again with MUNTRA_LOG_LEVEL=debug to see where',
  };
  return new MuntraError('internal', message, hint, { cause: error });
}

/** Problems of this machine that any command may meet. */
const REMEDIES: Record<string, { message: string; hint: string }> = {
  ENOSPC: { message: 'The disk is full', hint: 'make room and run it again' },
  EMFILE: { message: 'Too many open files', hint: 'raise the limit (ulimit -n) and run it again' },
  ENOENT: { message: 'A file or the working directory is gone', hint: 'change to an existing directory' },
};

/** The lines for stderr; with MUNTRA_LOG_LEVEL=debug the stack follows, the cause's too. */
export function failureLines(error: MuntraError, world: Pick<World, 'env'>): Line[] {
  const lines: Line[] = [
    [{ text: 'Error:', style: 'bad' }, { text: ` ${sentence(error)}` }],
    [{ text: 'Try:  ', style: 'accent' }, { text: ` ${asTyped(error.hint, world)}` }],
  ];
  return world.env.MUNTRA_LOG_LEVEL === 'debug' ? [...lines, ...stackLines(error)] : lines;
}

/** Their messages may begin with the name of a file or a program. */
const NAMING = ['file', 'program_failed'];

/** Begins with a capital, unless the first word is a name or an address. */
function sentence({ code, message }: MuntraError): string {
  if (NAMING.includes(code) || !/^[a-z]+ /.test(message)) return message;
  return message.charAt(0).toUpperCase() + message.slice(1);
}

function stackLines(error: unknown): Line[] {
  if (!(error instanceof Error)) return [];
  const own = (error.stack ?? error.message).split('\n').map((text): Line => [{ text, style: 'faint' }]);
  return [...own, ...stackLines(error.cause)];
}
