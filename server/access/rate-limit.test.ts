import { describe, expect, test } from 'vitest';
import { settledMemory } from '../testing/memory.ts';
import { halfSipHash } from './half-sip-hash.ts';
import { limitOf, type RateLimit, visitorLimit } from './rate-limit.ts';

const NOW = Date.UTC(2025, 6, 1);

/** How many of `tries` at one moment are let in. */
function admitted<Source>(limit: RateLimit<Source>, source: Source, now: number, tries = 1000): number {
  let count = 0;
  for (let i = 0; i < tries; i++) if (limit(source, now)) count++;
  return count;
}

describe('one visitor', () => {
  test('may send a burst of ten seconds, and then at the rate', () => {
    const limit = visitorLimit(10);
    expect(admitted(limit, '192.0.2.1', NOW)).toBe(100);
    expect(admitted(limit, '192.0.2.1', NOW + 99)).toBe(0);
    expect(admitted(limit, '192.0.2.1', NOW + 100)).toBe(1);
    expect(admitted(limit, '192.0.2.1', NOW + 1100)).toBe(10);
    expect(admitted(limit, '192.0.2.1', NOW + 3_600_000)).toBe(100);
  });

  test('is its address; of IPv6 its /64', () => {
    const limit = visitorLimit(10);
    const sources = ['192.0.2.1', '192.0.2.2', '2001:db8:0:1::1', '2001:db8:0:2::1', '::c000:201'];
    for (const source of sources) expect(admitted(limit, source, NOW)).toBe(100);
    expect(admitted(limit, '2001:DB8:0:1:ffff::9', NOW)).toBe(0);
  });

  test('is not shut out by a clock that is set back', () => {
    const limit = visitorLimit(10);
    admitted(limit, '192.0.2.1', NOW);
    expect(admitted(limit, '192.0.2.1', NOW - 3_600_000)).toBe(100);
  });

  test('without an address is not limited, nor is anyone at 0', () => {
    expect(admitted(visitorLimit(10), '', NOW)).toBe(1000);
    expect(admitted(visitorLimit(0), '192.0.2.1', NOW)).toBe(1000);
  });
});

describe('a flood of addresses', () => {
  const address = (i: number): string => `${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}.9`;

  test('neither grows nor shuts others out', () => {
    const limit = visitorLimit(10);
    const before = settledMemory();
    for (let i = 0; i < 1_000_000; i++) limit(address(i), NOW);
    const after = settledMemory();
    const grown = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
    process.stdout.write(`memory grew by ${grown >> 10} KB with a million addresses\n`);
    expect(grown).toBeLessThan(1e6);
    for (let i = 0; i < 1000; i++) expect(limit(`2001:db8:${i.toString(16)}::1`, NOW)).toBe(true);
  });

  test('of as many as the table holds lets none of them escape', () => {
    const limit = visitorLimit(10);
    const sources = Array.from({ length: 2000 }, (_, i) => address(i));
    for (const source of sources) admitted(limit, source, NOW, 100);
    // Four in one of 4096 places are rare.
    expect(sources.filter(source => limit(source, NOW)).length).toBeLessThan(20);
  });

  test('meets other places in another process', () => {
    const hash = halfSipHash([1, 2]);
    const other = halfSipHash([1, 3]);
    expect(hash(7, 8)).not.toBe(other(7, 8));
  });
});

test('a site has a rate of its own', () => {
  const limit = limitOf<{ id: string }>(5);
  const [one, two] = [{ id: 'one' }, { id: 'two' }];
  expect([admitted(limit, one, NOW), admitted(limit, two, NOW)]).toEqual([50, 50]);
  expect(admitted(limitOf<object>(0), one, NOW)).toBe(1000);
});

test('the hash is HalfSipHash-2-4', () => {
  // Of the reference implementation: key 00 01 .. 07, input 00 01 .. 07.
  expect(halfSipHash([0x03020100, 0x07060504])(0x03020100, 0x07060504)).toBe(0x8f84b8d0);
});
