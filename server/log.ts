/** One logger: pino JSON lines on stdout; on a terminal the same lines, made readable. No worker transports. */
import { type Logger, pino } from 'pino';
import type { LogLevel } from './config-values.ts';

export type { Logger };

interface Sink {
  isTTY?: boolean | undefined;
  write(text: string): unknown;
}

export function createLogger(level: LogLevel, sink: Sink): Logger {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: levelName } };
  return pino(options, { write: line => sink.write(harmless(sink.isTTY ? readable(line) : line)) });
}

/** JSON leaves these as they are, and terminals obey them: the second set of control characters, and what changes directions. */
const OBEYED = /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

const harmless = (line: string): string =>
  line.replace(OBEYED, found => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`);

const levelName = (label: string): { level: string } => ({ level: label });

/** `{"level":"warn","time":"...T12:00:01.000Z","msg":"m","a":1}` -> `12:00:01 warn  m a=1`; JSON escapes stay escaped. */
function readable(line: string): string {
  const { level, time, msg, ...rest } = JSON.parse(line) as Record<string, unknown>;
  const fields = Object.entries(rest).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return `${[String(time).slice(11, 19), String(level).padEnd(5), JSON.stringify(msg ?? '').slice(1, -1), ...fields].join(' ')}\n`;
}
