/**
 * The world as the command line sees it, handed in by `muntra.ts`: tests give their own and need no globals.
 */
import { constants } from 'node:os';
import type { Surroundings } from '../server/data-dir.ts';

export interface World extends Surroundings {
  /** Without the program's name. */
  argv: string[];
  /** Path of this program, as a service starts it. */
  executable: string;
  stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  /** Data. */
  stdout: Screen;
  /** Talk: progress, questions, errors. */
  stderr: Screen;
  /** Unix milliseconds. */
  now(): number;
  /** Aborted by Ctrl-C, SIGTERM or the end of the terminal, with an `Interrupted` as its reason, or by an error of stdout. */
  interrupt: AbortSignal;
  /** Has `pause` called before Ctrl-Z stops this process, and `goOn` when it continues. Returns what ends that. */
  aroundStop(pause: () => void, goOn: () => void): () => void;
  /** Changes the environment of this process, for a library that looks there. */
  setEnv(env: Record<string, string>): void;
  /** Begins the same program in this process once more, with these variables too. Returns where that cannot be done. */
  restart(env: Record<string, string>): void;
}

/** A stream that may be a terminal. */
export type Screen = NodeJS.WritableStream & { isTTY?: boolean; columns?: number; rows?: number };

/** Why a command stopped before its end; not a failure, so nothing is printed. */
export class Interrupted extends Error {
  readonly exitCode: number;

  constructor(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP') {
    super(signal);
    this.exitCode = 128 + constants.signals[signal];
  }
}
