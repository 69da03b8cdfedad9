/**
 * Everything a command prints is made of lines of spans, and `paint` alone turns them into text: it escapes every span
 * on the way, so that no path leads from outside text to the terminal around it.
 */
import { colored, type Style } from './color.ts';
import { printable } from './escape.ts';
import type { Terminal } from './terminal.ts';

export interface Span {
  text: string;
  style?: Style | undefined;
}

export type Line = Span[];

/** Text of lines, without spaces at their ends; a terminal wraps what is too long. */
export function paint(lines: Line[], { color, unicode }: Terminal): string {
  return lines
    .map(line => {
      const spans = line.map(({ text, style }) => ({ text: printable(text, unicode), style }));
      return trimmed(spans)
        .map(({ text, style }) => (color && style && text !== '' ? colored(text, style) : text))
        .join('');
    })
    .map(line => `${line}\n`)
    .join('');
}

function trimmed(line: Line): Line {
  const last = line.findLastIndex(({ text }) => text.trimEnd() !== '');
  return line.slice(0, last + 1).map((span, index) => (index === last ? { ...span, text: span.text.trimEnd() } : span));
}
