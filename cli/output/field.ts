/** A name and what it stands for, in as many lines as the width takes. */
import type { Line, Span } from './line.ts';
import { pad, wrap } from './width.ts';

/** The value starts at cell `indent`, in each of its lines; without a value there is no line. */
export function field(name: string, { text, style }: Span, indent: number, width: number): Line[] {
  return wrap(text, width - indent).map((piece, i): Line => {
    const before: Span = { text: pad(i === 0 ? name : '', indent), style: 'faint' };
    return [before, { text: piece, style }];
  });
}
