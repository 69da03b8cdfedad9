/** Questions in a terminal: clack on the streams of the world. It asks on stderr, so that stdout stays data. */
import { Readable, Writable } from 'node:stream';
import { type CANCEL_SYMBOL, confirm, isCancel, log, note, select, text } from '@clack/prompts';
import { MuntraError } from '../../server/errors.ts';
import { terminalOf } from '../output/terminal.ts';
import { Interrupted, type World } from '../world.ts';

/** Every question throws Interrupted when the reader has had enough. */
export type Prompts = ReturnType<typeof openPrompts>;

interface TextOptions {
  placeholder?: string;
  initialValue?: string;
  validate?(given: string): string | undefined;
}

interface Choice<T> {
  value: T;
  label?: string;
  hint?: string;
  disabled?: boolean;
}

/** Throws MuntraError `usage` where there is no terminal. */
export function openPrompts(world: World) {
  const { stdin, stderr, interrupt } = world;
  const terminal = stdin.isTTY && stderr.isTTY;
  if (!terminal || !(stdin instanceof Readable) || !(stderr instanceof Writable)) {
    throw new MuntraError('usage', 'There is no terminal to ask', 'muntra init --yes takes flags instead: --help');
  }
  // The bar beside the questions ends with a dash, and how to choose is told with arrows, in ASCII too.
  const { unicode: withGuide } = terminalOf(world.stderr, world.env, true);
  const streams = { input: stdin, output: stderr, signal: interrupt, withGuide };
  const answered = <T>(answer: T | typeof CANCEL_SYMBOL): T => {
    if (!isCancel(answer)) return answer;
    throw interrupt.aborted ? interrupt.reason : new Interrupted('SIGINT');
  };
  const complain = (error: unknown): void => {
    if (!(error instanceof MuntraError)) throw error;
    log.error(`${error.message}\n${error.hint}`, streams);
  };
  return {
    complain,
    note: (lines: string[], title: string): void => note(lines.join('\n'), title, streams),
    text: async (message: string, { validate, ...rest }: TextOptions) => {
      const options = { message, defaultValue: '', ...rest, ...streams };
      const answer = await text(validate ? { ...options, validate: given => validate((given ?? '').trim()) } : options);
      return answered(answer).trim();
    },
    confirm: async (message: string) => answered(await confirm({ message, ...streams })),
    select: async <const T extends string>(message: string, initialValue: T, options: Choice<T>[]) =>
      answered(await select<string>({ message, initialValue, options, showInstructions: withGuide, ...streams })) as T,
    /** Asks until the answer stands the check, and says what was found. */
    until: async (ask: () => Promise<string>, check: (answer: string) => Promise<string>): Promise<string> => {
      for (;;) {
        const answer = await ask();
        try {
          log.success(await check(answer), streams);
          return answer;
        } catch (error) {
          complain(error);
        }
      }
    },
  };
}
