/** Numbers that look random and are the same in every run: mulberry32, 32 bits of state. */

export interface Random {
  /** [0, 1) */
  next(): number;
  /** Whole, [0, n). */
  below(n: number): number;
  /** Whole, [0, n), the i-th as often as 1/(i + 1): about what links, pages and countries follow. */
  zipf(n: number): number;
  /** Of an exponential distribution. */
  wait(mean: number): number;
  pick<T>(items: readonly [T, ...T[]]): T;
  /** 32 hex digits. */
  hash(): string;
}

export function createRandom(seed: number): Random {
  let state = seed | 0;
  const bits = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const next = (): number => bits() / 2 ** 32;
  const below = (n: number): number => Math.floor(next() * n);
  return {
    next,
    below,
    zipf: n => Math.floor((n + 1) ** next()) - 1,
    wait: mean => -Math.log(1 - next()) * mean,
    pick: items => items[below(items.length)] ?? items[0],
    hash: () => [bits(), bits(), bits(), bits()].map(part => part.toString(16).padStart(8, '0')).join(''),
  };
}
