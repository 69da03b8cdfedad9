/**
 * `muntra.env`: KEY=value lines that serve Muntra, systemd (EnvironmentFile) and docker compose (env_file) alike. What those
 * two read differently is refused on reading and quoted on writing, so that one file never means two things.
 */
import { lstatSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { writeDurably } from './durable-file.ts';
import { MuntraError, systemCode } from './errors.ts';

export type EnvValues = Record<string, string>;

/** The file's values, unknown keys included; {} when there is no file. Throws MuntraError `config_invalid`. */
export function readEnvFile(path: string): EnvValues {
  return parseEnv(readText(path), path);
}

/** Values by key, the last one wins. Throws MuntraError `config_invalid` with the number of a line it cannot read. */
export function parseEnv(text: string, path: string): EnvValues {
  const values = new Map<string, string>();
  text.split('\n').forEach((line, index) => {
    const trimmed = line.trim();
    if (/^[#;]/.test(trimmed) && LONE_BACKSLASH.test(line)) {
      throw invalid(
        path,
        `line ${index + 1} is a comment that ends in \\, so that systemd takes the next line for one`,
      );
    }
    if (trimmed === '' || /^[#;]/.test(trimmed)) return;
    const [, , key = '', written = ''] = ASSIGNMENT.exec(trimmed) ?? [];
    const value = unquote(written);
    // The line itself is not shown: it may hold a secret.
    if (key === '' || value === undefined) throw invalid(path, `line ${index + 1} is not KEY=value`);
    if (!isSameToAll(written)) throw ambiguous(path, index + 1);
    values.set(key, value);
  });
  return Object.fromEntries(values);
}

/** Sets the given keys and keeps every other line, comments and order included. On disk when it returns, mode 0600. */
export function writeEnvFile(path: string, changes: EnvValues): void {
  const changed = new Map(Object.entries(changes));
  const lines = readText(path).replace(/\n$/, '').split('\n');
  const kept = lines.map(line => {
    const [, prefix = '', key = ''] = ASSIGNMENT.exec(line.trim()) ?? [];
    const value = changed.get(key);
    return value === undefined ? line : `${prefix}${key}=${quote(key, value)}`;
  });
  const present = new Set(lines.map(line => ASSIGNMENT.exec(line.trim())?.[2]));
  const added = [...changed].filter(([key]) => !present.has(key)).map(([key, value]) => `${key}=${quote(key, value)}`);
  try {
    writeDurably(behindLink(path), `${[...kept, ...added].join('\n').replace(/^\n/, '')}\n`);
  } catch (error) {
    const problem = `${path} cannot be written (${systemCode(error)})`;
    throw new MuntraError('data_dir', problem, 'check its owner, its directory and the disk', { cause: error });
  }
}

/** With `s`, as further line ends of Unicode are text to systemd and compose. */
const ASSIGNMENT = /^(export\s+)?([A-Za-z_]\w*)=[ \t]*(.*)$/s;

/** At the end: after a comment systemd, before 254, takes the next line for one; compose takes a ' behind it for no end. */
const LONE_BACKSLASH = /(?<!\\)(?:\\\\)*\\$/;

/** `written` is what `unquote` can read. Elsewhere systemd drops a \ , and compose replaces $name and what it knows of \n. */
function isSameToAll(written: string): boolean {
  if (written.startsWith("'")) return !LONE_BACKSLASH.test(written.slice(0, -1));
  if (written.startsWith('"')) return /^(?:[^\\$]|\\[^abfnrtv0`])*$/s.test(written);
  return !/[\\$]/.test(written);
}

/** undefined for an open quote, text after a closing one, or ` #` without quotes (a comment to compose, not to systemd). */
function unquote(text: string): string | undefined {
  const single = /^'([^']*)'$/.exec(text)?.[1];
  if (single !== undefined) return single;
  const double = /^"((?:[^"\\]|\\.)*)"$/s.exec(text)?.[1];
  if (double !== undefined) return double.replace(/\\(["\\$`])/g, '$1');
  return /^['"]|\s#/.test(text) ? undefined : text;
}

function quote(key: string, value: string): string {
  if (/[\0\r\n]/.test(value)) throw invalid(key, 'has a line break in its value');
  if (/^[\w.,:/@%+=~-]*$/.test(value)) return value;
  if (!value.includes("'") && !LONE_BACKSLASH.test(value)) return `'${value}'`;
  return `"${value.replace(/["\\$]/g, '\\$&')}"`;
}

/** Where it is to be written. Root follows no link by which another user points to what is not his own. */
function behindLink(path: string): string {
  const [link, target] = [lstatSync, statSync].map(look => look(path, { throwIfNoEntry: false }));
  if (!link || !target) return path;
  const trusted = process.getuid?.() !== 0 || link.uid === 0 || link.uid === target.uid;
  return trusted ? realpathSync(path) : path;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return '';
    throw invalid(path, `cannot be read (${systemCode(error)})`, error);
  }
}

function ambiguous(path: string, line: number): MuntraError {
  const problem = `${path}: line ${line} is one thing to systemd and another to docker compose`;
  const hint =
    'put the value in \'single quotes\'; where it has one or ends in \\, in "double" ones, with \\ before each " \\ and $';
  return new MuntraError('config_invalid', problem, hint);
}

function invalid(what: string, problem: string, cause?: unknown): MuntraError {
  const hint = "write one KEY=value a line, values with spaces or # in 'quotes', comments on lines of their own";
  return new MuntraError('config_invalid', `${what}: ${problem}`, hint, { cause });
}
