/** What is read from a file of the user, and read anew when the file changes; while it cannot be read, the old stays. */
import { statSync } from 'node:fs';
import { MuntraError, systemCode } from './errors.ts';
import type { Logger } from './log.ts';

export interface Watched<Content> {
  /** As last read. */
  readonly content: Content;
  close(): void;
}

export interface WatchOptions<Content> {
  /** The variable that names the file. */
  option: `MUNTRA_${string}`;
  path: string;
  /** What to do about a file that cannot be used. */
  hint: string;
  /** Throws an Error that says what is wrong with the file. */
  read(path: string): Content;
  /** Frees what is replaced. */
  release?(content: Content): void;
  log: Logger;
  /** Milliseconds between two looks at the file. */
  every?: number;
}

/** Throws MuntraError `config_invalid` when the file cannot be used. */
export function watchFile<Content>(options: WatchOptions<Content>): Watched<Content> {
  const { option, path, hint, read, release = () => {}, log, every = 10_000 } = options;
  let version = versionOf(path);
  let content: Content;
  try {
    content = read(path);
  } catch (error) {
    throw new MuntraError('config_invalid', `${option} "${path}" cannot be used: ${problem(error)}`, hint, {
      cause: error,
    });
  }

  function refresh(): void {
    const found = versionOf(path);
    if (found === version) return;
    version = found;
    try {
      const fresh = read(path);
      release(content);
      content = fresh;
      log.info({ option, file: path }, 'a file has changed and was read');
    } catch (error) {
      log.warn({ option, file: path, problem: problem(error) }, 'a file cannot be read; what it held is used on');
    }
  }

  const timer = setInterval(refresh, every).unref();
  return {
    get content() {
      return content;
    },
    close() {
      clearInterval(timer);
      release(content);
    },
  };
}

/** Another text whenever the file was written to or replaced. */
function versionOf(path: string): string {
  try {
    const { ino, size, mtimeMs } = statSync(path);
    return `${ino} ${size} ${mtimeMs}`;
  } catch {
    return 'not there';
  }
}

const PROBLEMS: Record<string, string> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read it',
  EISDIR: 'it is a directory',
};

const problem = (error: unknown): string =>
  PROBLEMS[systemCode(error)] ?? (error instanceof Error ? error.message : 'it cannot be read');
