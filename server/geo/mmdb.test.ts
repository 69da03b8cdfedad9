import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addressBytes } from '../ingest/address.ts';
import { mmdb } from '../testing/mmdb.ts';
import { openMmdb } from './mmdb.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'muntra-geo-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function open(content: Buffer) {
  const path = join(dir, 'table.mmdb');
  writeFileSync(path, content);
  return openMmdb(path);
}

/** What the table says of an address; undefined when it does not know it. */
function ask(content: Buffer, ...ips: string[]): unknown[] {
  const table = open(content);
  const answers = ips.map(ip => {
    const place = table.find(addressBytes(ip) ?? []);
    return place === undefined ? undefined : table.read(place);
  });
  table.close();
  return answers;
}

const LONG = 'ü'.repeat(200);
const RECORDS = {
  '192.0.2.0/24': { name: 'small', list: ['a', { b: LONG }] },
  '203.0.113.128/25': { name: 'half', number: 4_000_000_000 },
  '2001:db8::/32': { name: 'six' },
};

describe.each([24, 28, 32] as const)('with links of %d bits', linkBits => {
  test('finds IPv4 and IPv6', () => {
    expect(ask(mmdb(RECORDS, { linkBits }), '192.0.2.7', '203.0.113.200', '2001:db8:1::1')).toEqual(
      Object.values(RECORDS),
    );
  });

  test('does not know what lies between', () => {
    const strangers = ['203.0.113.127', '192.0.3.0', '0.0.0.1', '::1', '2001:db9::'];
    expect(ask(mmdb(RECORDS, { linkBits }), ...strangers)).toEqual(strangers.map(() => undefined));
  });
});

test('a table of IPv4 alone knows no IPv6', () => {
  const content = mmdb({ '192.0.2.0/24': { name: 'small' } }, { ipVersion: 4 });
  expect(ask(content, '192.0.2.1', '2001:db8::1', '::c000:201')).toEqual([{ name: 'small' }, undefined, undefined]);
});

describe('a damaged file', () => {
  const whole = mmdb(RECORDS);

  test.each([
    ['empty', Buffer.alloc(0)],
    ['of another kind', Buffer.from('<html>'.repeat(100))],
    ['without its beginning', whole.subarray(whole.length - 100)],
    ['without its end', whole.subarray(0, whole.length - 20)],
  ])('%s is refused', (_, content) => {
    expect(() => open(content)).toThrow();
  });

  test('answers, or is told apart, in no time, whichever byte is wrong', () => {
    const problems: string[] = [];
    for (let at = 0; at < whole.length; at++) {
      const broken = Buffer.from(whole);
      broken[at] = 0xff ^ (broken[at] ?? 0);
      const started = performance.now();
      try {
        ask(broken, '192.0.2.7', '203.0.113.200', '2001:db8:1::1');
      } catch (error) {
        problems.push(String(error));
      }
      expect(performance.now() - started, `byte ${at}`).toBeLessThan(1000);
    }
    expect(problems.length).toBeGreaterThan(100);
    // Ours, and none of the language's own.
    expect(problems.filter(problem => !/damaged|cut short|no end|not a MaxMind DB/.test(problem))).toEqual([]);
  });

  test.each([
    ['a text', 3, [0x5f, 0xa0, 0, 0]],
    ['a map', 0, [0xff, 0xa0, 0, 0]],
    ['a list', 3, [0x1f, 0x04, 0xa0, 0, 0]],
    ['a number', 3, [0xdf, 0xa0, 0, 0]],
  ])('in which %s goes on for ten million is refused before it fills the memory', (_, at, damage) => {
    const small = mmdb({ '192.0.2.0/24': { a: 'text' } });
    small.set(damage, small.indexOf(Buffer.from([0xe1, 0x41, 0x61, 0x44])) + at);
    const mark = small.indexOf(Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'));
    const padded = Buffer.concat([small.subarray(0, mark), Buffer.alloc(12 * 2 ** 20, 0x41), small.subarray(mark)]);
    expect(() => ask(padded, '192.0.2.1')).toThrow('no end');
  });

  test('whose record contains itself is noticed', () => {
    // A pointer to the start of the records is the first record.
    const content = mmdb({ '192.0.2.0/24': { a: 'x' } });
    const record = content.indexOf(Buffer.from([0xe1, 0x41, 0x61, 0x41]));
    content.set([0xe1, 0x41, 0x61, 0x20, 0x00], record);
    expect(() => ask(content, '192.0.2.1')).toThrow('no end');
  });
});
