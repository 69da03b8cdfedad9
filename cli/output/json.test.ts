import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { json } from './json.ts';

describe('json', () => {
  it('writes what a terminal would obey as escapes', () => {
    expect(json(['\x1b', '\u009b', '\u202e', '\x7f'])).toBe(
      '[\n  "\\u001b",\n  "\\u009b",\n  "\\u202e",\n  "\\u007f"\n]\n',
    );
  });

  it('parses to the value that it was given', () => {
    const property = fc.property(fc.jsonValue({ stringUnit: 'binary' }), value => {
      expect(JSON.parse(json(value))).toEqual(JSON.parse(JSON.stringify(value)));
    });
    fc.assert(property);
  });
});
