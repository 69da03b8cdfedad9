/** What every command is given: the world, the global flags, and where to print. Data goes to stdout, talk to stderr. */

import { asTyped } from './as-typed.ts';
import { type Line, paint } from './output/line.ts';
import { type Terminal, terminalOf } from './output/terminal.ts';
import type { World } from './world.ts';

/** Flags of the program, accepted before and after a command's name. */
export interface Flags {
  server?: string;
  dataDir?: string;
  tokenStdin?: boolean;
  color: boolean;
}

export interface Context {
  world: World;
  flags: Flags;
  /** Of stdout. */
  terminal: Terminal;
  /** Data. */
  print(lines: Line[]): void;
  /** Talk; names commands as `muntra stats`. */
  say(lines: Line[]): void;
}

export function createContext(world: World, flags: Flags): Context {
  const terminal = terminalOf(world.stdout, world.env, flags.color);
  const talk = terminalOf(world.stderr, world.env, flags.color);
  return {
    world,
    flags,
    terminal,
    print: lines => void world.stdout.write(paint(lines, terminal)),
    say(lines) {
      const typed = lines.map(line => line.map(span => ({ ...span, text: asTyped(span.text, world) })));
      world.stderr.write(paint(typed, talk));
    },
  };
}
