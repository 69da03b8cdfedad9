/** How far long work has come: one line on a terminal, drawn again in place; nothing in a pipe. Goes to stderr. */
import type { Context } from '../context.ts';
import { bar } from './bar.ts';
import { type Line, paint } from './line.ts';
import { terminalOf } from './terminal.ts';

export interface Progress {
  /** `share` from 0 to 1; undefined where the end is not known. */
  show(text: string, share?: number | undefined): void;
  /** Takes the line away. */
  end(): void;
}

const EVERY = 100;
const WIDTH = 24;
const CLEAR = '\r\x1b[K';

export function openProgress({ world, flags }: Pick<Context, 'world' | 'flags'>): Progress {
  const { stderr } = world;
  if (!stderr.isTTY) return { show: () => {}, end: () => {} };
  const terminal = terminalOf(stderr, world.env, flags.color);
  let shown = Number.NEGATIVE_INFINITY;
  return {
    show(text, share) {
      if (world.now() - shown < EVERY) return;
      shown = world.now();
      const line: Line = share === undefined ? [{ text }] : [...meter(share, terminal.unicode), { text }];
      stderr.write(CLEAR + paint([line], terminal).trimEnd());
    },
    end() {
      if (shown > Number.NEGATIVE_INFINITY) stderr.write(CLEAR);
    },
  };
}

const meter = (share: number, unicode: boolean): Line => [
  { text: bar(share, WIDTH, unicode).padEnd(WIDTH), style: 'accent' },
  { text: `${Math.floor(share * 100)}%`.padStart(5) },
  { text: '  ' },
];
