/**
 * The salt of the UTC day. Whoever has it can test whether an address was here today, so it is never stored beside
 * the events and is gone when its day is: overwritten on disk, then unlinked. A restart within the day keeps it.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { syncDirectory, writeDurably } from '../durable-file.ts';
import { MuntraError } from '../errors.ts';
import type { Logger } from '../log.ts';

export interface SaltSource {
  /** The salt of a moment's UTC day, 64 hex digits: at once when it is known, else as a promise that callers share. */
  at(now: number): string | Promise<string>;
  close(): Promise<void>;
}

/** A salt of this server's own. */
export interface FileSalt extends SaltSource {
  at(now: number): string;
  /** Takes another one for a moment's day. */
  adopt(now: number, salt: string): void;
}

const DAY = 86_400_000;
/** Also what a crash left of one. */
const FILE = /^salt-\d{4}-\d\d-\d\d/;
const SALT = /^[\da-f]{64}$/;
/** An idle server must forget yesterday's salt too. */
const CHECK_EVERY = 60_000;

/**
 * One file in `dir` (made 0700), `salt-<UTC day>`, 0600. `now` drives the erasing on a day without events. While the disk
 * refuses, asking throws MuntraError `not_ready`: an event under a salt that is not kept would be somebody else's after a
 * restart.
 */
export function fileSalt(dir: string, now: () => number, log: Logger): FileSalt {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  let held = { day: Number.NaN, salt: '' };
  let faulty = false;

  /** Logs an outage of the disk once, and its end. */
  function onDisk(write: () => void): void {
    try {
      write();
    } catch (cause) {
      if (!faulty) log.error({ err: cause }, 'the salt of the day cannot be kept: events are turned away');
      faulty = true;
      throw new MuntraError('not_ready', 'the salt of the day cannot be kept', 'check the disk', { cause });
    }
    if (faulty) log.info('the salt of the day is kept again');
    faulty = false;
  }

  const at = (time: number): string => {
    const day = Math.floor(time / DAY);
    if (day !== held.day) {
      onDisk(() => {
        eraseOthers(dir, fileName(day));
        held = { day, salt: readSalt(join(dir, fileName(day))) };
      });
    }
    return held.salt;
  };

  const adopt = (time: number, salt: string): void => {
    if (at(time) === salt) return;
    const path = join(dir, fileName(held.day));
    onDisk(() => {
      // An attempt before may have got no further.
      if (existsSync(path)) erase(path);
      writeDurably(path, salt);
    });
    held.salt = salt;
  };

  const rotate = (): void => {
    try {
      at(now());
    } catch {
      // It is logged, and the next event meets the same error and answers with it.
    }
  };
  rotate();
  const timer = setInterval(rotate, CHECK_EVERY).unref();
  return { at, adopt, close: async () => clearInterval(timer) };
}

const fileName = (day: number): string => `salt-${new Date(day * DAY).toISOString().slice(0, 10)}`;

/** Reads the day's file, or makes it. */
function readSalt(path: string): string {
  const kept = existsSync(path) ? readFileSync(path, 'utf8') : '';
  if (SALT.test(kept)) return kept;
  const salt = randomBytes(32).toString('hex');
  writeDurably(path, salt);
  return salt;
}

function eraseOthers(dir: string, kept: string): void {
  const old = readdirSync(dir).filter(name => FILE.test(name) && name !== kept);
  for (const name of old) erase(join(dir, name));
  if (old.length > 0) syncDirectory(dir);
}

/** Unlinking alone would leave the bytes in free blocks. */
function erase(path: string): void {
  const file = openSync(path, 'r+');
  try {
    writeSync(file, Buffer.alloc(statSync(path).size), 0, undefined, 0);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  unlinkSync(path);
}
