/** Questions on the terminal, asked on stderr so that stdout stays data. */
import { createInterface } from 'node:readline/promises';
import { MuntraError } from '../server/errors.ts';
import type { Context } from './context.ts';
import { paint } from './output/line.ts';
import { terminalOf } from './output/terminal.ts';
import { Interrupted, type World } from './world.ts';

/** Whether the reader says yes; anything else is no. Throws MuntraError `usage` where nobody can answer. */
export async function confirm({ world }: Context, question: string): Promise<boolean> {
  if (!world.stdin.isTTY || !world.stderr.isTTY) {
    throw new MuntraError('usage', `There is no terminal to ask: ${question}`, 'add --yes');
  }
  const lines = createInterface({ input: world.stdin, output: world.stderr });
  // Ctrl-C on a terminal in raw mode reaches readline and not the process.
  const interrupted = new Promise<never>((_, reject) => {
    lines.once('SIGINT', () => reject(new Interrupted('SIGINT')));
  });
  try {
    const [text = ''] = paint([[{ text: `${question} [y/N]` }]], terminalOf(world.stderr, world.env, false)).split(
      '\n',
    );
    const asked = lines.question(`${text} `, { signal: world.interrupt }).catch(unlessLeft(world));
    const answer = await Promise.race([asked, interrupted]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}

/** Ctrl-D is no answer, and leaves the cursor on the line of the question. */
function unlessLeft({ stderr, interrupt }: World): (error: unknown) => string {
  return error => {
    if (interrupt.aborted || !(error instanceof Error) || error.name !== 'AbortError') throw error;
    stderr.write('\n');
    return '';
  };
}
