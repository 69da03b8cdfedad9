/**
 * What the reader's screen can show: its width, colours, and whether box and block characters come out right.
 */

export interface Terminal {
  /** Cells to fill: never below 40; reports stay readable up to 120. */
  columns: number;
  color: boolean;
  unicode: boolean;
}

type Env = Readonly<Record<string, string | undefined>>;

interface Stream {
  isTTY?: boolean;
  columns?: number;
}

/** `color: false` is the flag `--no-color`, which wins over everything. */
export function terminalOf(stream: Stream, env: Env, color: boolean): Terminal {
  const columns = stream.columns || Number(env.COLUMNS) || 80;
  return {
    columns: Math.min(Math.max(Math.floor(columns), 40), 120),
    color: color && wantsColor(stream, env),
    unicode: isUtf8(env),
  };
}

/** FORCE_COLOR, then NO_COLOR (no-color.org), else whether this is a terminal that knows colours. */
function wantsColor(stream: Stream, env: Env): boolean {
  if (env.FORCE_COLOR !== undefined) return !['0', 'false'].includes(env.FORCE_COLOR);
  if (env.NO_COLOR) return false;
  return stream.isTTY === true && env.TERM !== 'dumb';
}

/** As in POSIX the first of these that is set names the locale; with none set, UTF-8 is the better guess today. */
function isUtf8(env: Env): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG;
  return locale === undefined || locale === '' || /utf-?8/i.test(locale);
}
