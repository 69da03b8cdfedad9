/**
 * The values in a MaxMind DB file (https://maxmind.github.io/MaxMind-DB/, "Data Section"), as plain JavaScript. Numbers
 * that no table of places needs (doubles, 128 bits) are read past and come out as null.
 */
import type { Pages } from './pages.ts';

/** A record that goes deeper or on for longer is a damaged one. */
const MAX_DEPTH = 16;
const MAX_VALUES = 10_000;
/** Of all its texts and numbers; a city in the languages of GeoLite2 takes some 2,000. */
const MAX_BYTES = 65_536;

const POINTER = 1;
const TEXT = 2;
const MAP = 7;
const ARRAY = 11;
const BOOLEAN = 14;
const UNSIGNED = new Set([5, 6, 9]);
/** What is added to a pointer of 1 to 4 further bytes. */
const POINTER_BASE = [0, 2048, 526_336, 0];

/** Reads the value at an offset of the file; pointers count from `base`. Throws an Error when the file is damaged. */
export function readValue(pages: Pages, offset: number, base: number): unknown {
  let at = offset;
  let values = 0;
  let bytes = 0;

  const unsigned = (length: number, first = 0): number => {
    let number = first;
    for (let i = 0; i < length; i++) number = number * 256 + pages.byte(at++);
    return number;
  };

  function size(short: number): number {
    if (short < 29) return short;
    if (short === 29) return 29 + unsigned(1);
    return short === 30 ? 285 + unsigned(2) : 65_821 + unsigned(3);
  }

  /** The value at another place; afterwards reading goes on behind the pointer. */
  function follow(control: number, depth: number): unknown {
    const more = (control >> 3) & 3;
    const target = base + (POINTER_BASE[more] ?? 0) + unsigned(more + 1, more === 3 ? 0 : control & 7);
    const next = at;
    at = target;
    const found = value(depth);
    at = next;
    return found;
  }

  function text(length: number): string {
    at += length;
    return length === 0 ? '' : pages.slice(at - length, length).toString('utf8');
  }

  function value(depth: number): unknown {
    if (depth > MAX_DEPTH || ++values > MAX_VALUES) throw endless();
    const control = unsigned(1);
    if (control >> 5 === POINTER) return follow(control, depth + 1);
    const type = control >> 5 || 7 + unsigned(1);
    const length = size(control & 31);
    const nested = type === MAP || type === ARRAY;
    if (!nested) bytes += length;
    // Before anything of that length is made: the end of the heap cannot be caught.
    if (bytes > MAX_BYTES || (nested && length > MAX_VALUES)) throw endless();
    if (type === TEXT) return text(length);
    if (type === MAP) {
      return Object.fromEntries(Array.from({ length }, () => [String(value(depth + 1)), value(depth + 1)]));
    }
    if (type === ARRAY) return Array.from({ length }, () => value(depth + 1));
    if (type === BOOLEAN) return length === 1;
    if (UNSIGNED.has(type)) return unsigned(length);
    at += length;
    return null;
  }

  return value(0);
}

const endless = (): Error => new Error('a record has no end');
