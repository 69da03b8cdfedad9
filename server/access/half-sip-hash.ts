/**
 * HalfSipHash-2-4 of 8 bytes (J.-P. Aumasson, https://github.com/veorq/SipHash): without its key nobody can choose inputs
 * that collide, or find the input of a result. A tenth of a microsecond; those of `node:crypto` take ten times as long.
 */

/** The input as two words, the first four bytes (lowest first) and the last. The result is an unsigned word. */
export type KeyedHash = (first: number, last: number) => number;

/** The last word of the padding: the length of the input. */
const LENGTH = 8 << 24;

export function halfSipHash(key: readonly [number, number]): KeyedHash {
  const [k0, k1] = key;
  let v0 = 0;
  let v1 = 0;
  let v2 = 0;
  let v3 = 0;

  function round(): void {
    v0 += v1;
    v1 = rotate(v1, 5) ^ v0;
    v0 = rotate(v0, 16);
    v2 += v3;
    v3 = rotate(v3, 8) ^ v2;
    v0 += v3;
    v3 = rotate(v3, 7) ^ v0;
    v2 += v1;
    v1 = rotate(v1, 13) ^ v2;
    v2 = rotate(v2, 16);
  }

  function mix(word: number): void {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }

  return (first, last) => {
    v0 = k0;
    v1 = k1;
    v2 = 0x6c796765 ^ k0;
    v3 = 0x74656462 ^ k1;
    mix(first);
    mix(last);
    mix(LENGTH);
    v2 ^= 0xff;
    round();
    round();
    round();
    round();
    return (v1 ^ v3) >>> 0;
  };
}

const rotate = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits));
