import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { MuntraError } from '../errors.ts';
import { createLogger } from '../log.ts';
import { mmdb } from '../testing/mmdb.ts';
import { openPlaces, type Places } from './places.ts';

let dir: string;
let path: string;
let logged: string[];
let places: Places | undefined;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'muntra-geo-'));
  path = join(dir, 'table.mmdb');
  logged = [];
});
afterEach(() => {
  places?.close();
  places = undefined;
  rmSync(dir, { recursive: true });
});

function open(file: string, every = 20): Places {
  places = openPlaces({
    path: file,
    dataDir: '',
    log: createLogger('info', { write: line => logged.push(line) }),
    every,
  });
  return places;
}

/** As a downloader should: the name never stands for half a file. */
function replace(content: Buffer): void {
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}

const country = (code: string) => mmdb({ '1.0.0.0/8': { country: { iso_code: code } } });

describe('the built-in table', () => {
  test.each([
    ['8.8.8.8', 'US'],
    ['193.10.64.1', 'SE'],
    ['200.160.2.3', 'BR'],
    ['2001:6b0::1', 'SE'],
    ['2400:4050::1', 'JP'],
  ])('%s is in %s', (ip, code) => {
    expect(open('').lookup(ip)).toEqual({ country: code, region: null, city: null });
  });

  test.each([
    '127.0.0.1',
    '10.0.0.1',
    '192.168.1.1',
    '172.16.0.1',
    '100.64.0.1',
    '169.254.1.1',
    '::1',
    'fe80::1',
    'fc00::1',
  ])('%s is nowhere', ip => {
    expect(open('').lookup(ip)).toBeNull();
  });

  test.each(['', 'unknown', '999.1.1.1', '1.1.1', 'fe80::1%eth0', "'; DROP"])('%j is no address', ip => {
    expect(open('').lookup(ip)).toBeNull();
  });
});

describe('a file of the user', () => {
  test('tells region and city too', () => {
    const record = {
      country: { iso_code: 'SE', names: { en: 'Sweden' } },
      registered_country: { iso_code: 'NO' },
      subdivisions: [{ iso_code: 'O', names: { de: 'Westschweden', en: 'Västra Götaland County' } }],
      city: { names: { en: 'Gothenburg', sv: 'Göteborg' } },
    };
    writeFileSync(path, mmdb({ '1.0.0.0/8': record }, { linkBits: 28 }));
    expect(open(path).lookup('1.2.3.4')).toEqual({
      country: 'SE',
      region: 'Västra Götaland County',
      city: 'Gothenburg',
    });
  });

  test.each([
    ['flat', { country_code: 'SE', state1: 'Skåne', city: 'Lund' }, { country: 'SE', region: 'Skåne', city: 'Lund' }],
    ['with empty names', { country_code: 'SE', state1: '', city: '' }, { country: 'SE', region: null, city: null }],
    ['of a satellite', { registered_country: { iso_code: 'LU' } }, { country: 'LU', region: null, city: null }],
    [
      'with a code for a region',
      { country_code: 'SE', subdivisions: [{ iso_code: 'M' }] },
      { country: 'SE', region: 'M', city: null },
    ],
  ])('%s', (_, record, place) => {
    writeFileSync(path, mmdb({ '1.0.0.0/8': record }));
    expect(open(path).lookup('1.2.3.4')).toEqual(place);
  });

  test('is read anew when it is replaced', async () => {
    writeFileSync(path, country('SE'));
    const { lookup } = open(path);
    expect(lookup('1.2.3.4')?.country).toBe('SE');
    replace(country('NO'));
    await vi.waitFor(() => expect(lookup('1.2.3.4')?.country).toBe('NO'), 5000);
    expect(logged.join()).toContain('has changed');
  });

  test('is used on when its successor is broken or gone, with one line in the log for each', async () => {
    writeFileSync(path, country('SE'));
    const { lookup } = open(path);
    replace(Buffer.from('broken'));
    await vi.waitFor(() => expect(logged.length).toBe(1), 5000);
    expect(lookup('1.2.3.4')?.country).toBe('SE');
    rmSync(path);
    await vi.waitFor(() => expect(logged.length).toBe(2), 5000);
    expect(lookup('1.2.3.4')?.country).toBe('SE');
    writeFileSync(path, country('NO'));
    await vi.waitFor(() => expect(lookup('1.2.3.4')?.country).toBe('NO'), 5000);
    expect(logged.length).toBe(3);
  });

  test.each([
    ['shrinks', Buffer.from('<html>502 Bad Gateway</html>')],
    ['grows', Buffer.from('<html>502 Bad Gateway</html>'.repeat(80_000))],
    ['becomes another of its size', undefined],
  ])('that %s in place while it is read tells what it told, or nothing', (_, successor) => {
    // More than the pages that are held, and each record the size of one: a page in the place of another is a wrong answer.
    const networks = Array.from({ length: 2400 }, (_, i) => [20 + Math.floor(i / 250), i % 250]);
    const table = (codes: string[]): Buffer =>
      mmdb(
        Object.fromEntries(
          networks.map(([a, b], i) => {
            const record = { country_code: codes[Math.floor(i / 1024)] ?? '', city: 'x'.repeat(487) };
            return [`${a}.${b}.0.0/16`, record];
          }),
        ),
      );
    const content = table(['SE', 'NO', 'DK']);
    expect(content.length).toBeGreaterThan(2400 * 512);
    writeFileSync(path, content);
    const { lookup } = open(path, 60_000);
    const answers = () => networks.map(([a, b]) => lookup(`${a}.${b}.0.1`)?.country);
    const before = answers();
    expect(new Set(before)).toEqual(new Set(['SE', 'NO', 'DK']));
    writeFileSync(path, successor ?? table(['FR', 'DE', 'IT']));
    const after = answers();
    expect(after.filter((country, i) => country !== undefined && country !== before[i])).toHaveLength(0);
    expect(after).toContain(undefined);
    expect(logged).toHaveLength(1);
  });

  test.each([
    ['is not there', () => {}, 'there is no such file'],
    ['is broken', () => writeFileSync(path, 'broken'), 'not a MaxMind DB file'],
    ['holds something else', () => writeFileSync(path, mmdb({ '1.0.0.0/8': { asn: 1 } })), 'holds no countries'],
  ])('that %s stops the start', (_, prepare, problem) => {
    prepare();
    const start = () => open(path);
    expect(start).toThrow(MuntraError);
    expect(start).toThrow(problem);
    expect(start).toThrow('MUNTRA_GEOIP_DB');
  });

  test('that is damaged within knows no place there, and says so once', () => {
    const content = mmdb({ '1.0.0.0/8': { country_code: 'SE' }, '193.0.0.0/24': { country_code: 'NO' } });
    content[content.lastIndexOf('country_code') - 1] = 0xff;
    writeFileSync(path, content);
    const { lookup } = open(path);
    expect([lookup('1.1.1.1')?.country, lookup('193.0.0.1'), lookup('193.0.0.1')]).toEqual(['SE', null, null]);
    expect(logged.length).toBe(1);
    expect(logged.join()).not.toContain('193.0.0');
  });
});
