/**
 * A picture that is drawn again in place, on the terminal's second screen, so that what was there comes back at the end, and
 * while it is stopped.
 */
import type { World } from '../world.ts';
import { type Line, paint } from './line.ts';
import type { Terminal } from './terminal.ts';

export interface Fullscreen {
  /** Shows as many of the lines as there are rows. */
  draw(lines: Line[], terminal: Terminal): void;
  close(): void;
}

const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l';
const LEAVE = '\x1b[?7h\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const CLEAR_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';

/** Hides the cursor and does not wrap long lines until `close`. */
export function openFullscreen({ stdout, aroundStop }: Pick<World, 'stdout' | 'aroundStop'>): Fullscreen {
  let picture = '';
  const leave = (): void => void stdout.write(LEAVE);
  const enter = (): void => void stdout.write(ENTER + picture);
  const free = aroundStop(leave, enter);
  enter();
  return {
    draw(lines, terminal) {
      const shown = lines.slice(0, (stdout.rows ?? 24) - 1);
      // Line by line over what is there rather than all cleared first: no flicker.
      picture = HOME + paint(shown, terminal).replace(/^/gm, CLEAR_LINE) + CLEAR_BELOW;
      stdout.write(picture);
    },
    close() {
      free();
      leave();
    },
  };
}
