import { describe, expect, it } from 'vitest';
import { csv } from './csv.ts';

describe('csv', () => {
  it('follows RFC 4180', () => {
    expect(
      csv([
        ['page', 'events'],
        ['/a,b', 12],
        ['say "hi"', -1],
      ]),
    ).toBe('page,events\r\n"/a,b",12\r\n"say ""hi""",-1\r\n');
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)'])('keeps a spreadsheet from running %s', formula => {
    expect(csv([[formula]])).toBe(`'${formula}\r\n`);
  });

  it.each([
    ['/x;=1+1', "/x;'=1+1"],
    ['a;@b;-2;;+3', "a;'@b;'-2;;'+3"],
    ['a;"=1+1;"', `"a;""'=1+1;"""`],
    ['a;b-c=d;\t=1', 'a;b-c=d;\\x09=1'],
  ])('keeps one that parts cells at a ; from running what follows in %j', (text, written) => {
    expect(csv([[text]])).toBe(`${written}\r\n`);
  });

  it('shows control characters as escapes, at the start of a formula too', () => {
    expect(csv([['\t=1'], ['\r=1'], ['a\r\n=1'], ['\x1b[2J']])).toBe(
      "'\\x09=1\r\n'\\x0d=1\r\na\\x0d\\x0a=1\r\n\\x1b[2J\r\n",
    );
  });
});
