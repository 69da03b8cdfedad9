/** Lengths in terminal cells, where a CJK character or an emoji takes two and a combining mark none. */
import stringWidth from 'string-width';

export const widthOf = (text: string): number => stringWidth(text);

const graphemes = new Intl.Segmenter();

/** Cuts what is longer than `width` cells, at the end or in the middle, and puts the `mark` there. */
export function cut(text: string, width: number, where: 'middle' | 'end', mark: string): string {
  if (widthOf(text) <= width) return text;
  const room = width - widthOf(mark);
  if (room < 0) return '';
  const pieces = Array.from(graphemes.segment(text), ({ segment }) => segment);
  const tail = where === 'middle' ? takeWidth(pieces.toReversed(), Math.floor(room / 2)).toReversed() : [];
  const head = takeWidth(pieces, room - widthOf(tail.join('')));
  return [...head, mark, ...tail].join('');
}

/** As many of the first pieces as fit. */
function takeWidth(pieces: string[], width: number): string[] {
  let used = 0;
  const end = pieces.findIndex(piece => {
    used += widthOf(piece);
    return used > width;
  });
  return end === -1 ? pieces : pieces.slice(0, end);
}

/** Lines of at most `width` cells, broken between words where there are such; nothing of an empty text. */
export function wrap(text: string, width: number): string[] {
  if (text === '') return [];
  if (widthOf(text) <= width) return [text];
  const pieces = Array.from(graphemes.segment(text), ({ segment }) => segment);
  const head = takeWidth(pieces, width).join('') || (pieces[0] ?? '');
  const space = text.startsWith(' ', head.length) ? head.length : head.lastIndexOf(' ');
  const end = space > 0 ? space : head.length;
  return [text.slice(0, end), ...wrap(text.slice(end).trimStart(), width)];
}

/** Fills up to `width` cells with spaces. */
export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)));
  return align === 'left' ? text + space : space + text;
}
