/**
 * A day of traffic over a midnight against real processes, then a search of every byte that is left for what must not be
 * there: the addresses that were sent, the salt of the day before, tokens.
 */
import { hash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import type { ForgetAnswer } from '../contract/privacy.ts';
import type { StatsAnswer } from '../contract/stats.ts';
import type { SystemAnswer } from '../contract/system.ts';
import type { CreatedToken } from '../contract/token.ts';
import type { ImportAnswer } from '../contract/transfer.ts';
import { addressBytes } from '../ingest/address.ts';
import { byteSearch } from '../testing/byte-search.ts';
import { shiftedClock } from '../testing/clock.ts';
import { type Muntra, startMuntra } from '../testing/muntra.ts';
import { openProcesses, type Processes, until } from '../testing/processes.ts';
import { withRedis } from '../testing/redis.ts';
import { type Service, startPostgres, startRedis } from '../testing/service.ts';

const DAY = 86_400_000;
const MIDNIGHT = Math.floor(Date.now() / DAY) * DAY;
const BEFORE = new Date(MIDNIGHT - DAY).toISOString().slice(0, 10);
const AFTER = new Date(MIDNIGHT).toISOString().slice(0, 10);
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0';

/** Of no one in this machine's files, and told by a proxy that is believed. */
const ADDRESSES = {
  readers: [
    '81.2.69.163',
    '175.16.199.219',
    '2a02:cf40:1e57:6a8d:91bc:7f2e:33d5:40a1',
    '2001:480:91e7:5c02:d4f6:8ab3:17e9:6c55',
  ],
  asked: ['89.160.20.117', '2a02:d9c0:47b3:9e15:c86a:52f7:db31:8e04'],
  bot: ['216.160.83.59'],
  elsewhere: ['67.43.156.213'],
  unknown: ['202.196.224.181'],
  malformed: ['149.101.100.167'],
  large: ['2.125.160.219'],
  hasty: ['111.235.160.143'],
  imported: ['80.239.142.229', '2a00:1d34:6f8b:e7c0:59a2:1be4:d086:73cf'],
  claimed: ['66.249.64.133', '2a02:ec80:5d1f:7b36:e02c:94d8:6fa5:b371'],
};
const SENT = Object.values(ADDRESSES).flat();

let processes: Processes;
afterEach(() => processes.close());

type Message = Record<string, unknown> | string;

/** One event from an address; answers the status. */
async function collect({ port }: Muntra, address: string, message: Message, headers = {}): Promise<number> {
  const [claimed, claimed6] = ADDRESSES.claimed;
  const answer = await fetch(`http://127.0.0.1:${port}/muntra/collect`, {
    method: 'POST',
    headers: {
      'user-agent': FIREFOX,
      origin: 'https://example.com',
      // A client may claim anything; a proxy adds whom it sees.
      'x-forwarded-for': `${claimed}, ${address}`,
      'x-real-ip': claimed ?? '',
      forwarded: `for="[${claimed6}]"`,
      ...headers,
    },
    body: typeof message === 'string' ? message : JSON.stringify({ site_id: 'mysite', ...message }),
  });
  return answer.status;
}

/** Everything that `/collect` and the API may meet. `page` marks what is kept. */
async function traffic(muntra: Muntra, page: string): Promise<void> {
  const { readers, bot, elsewhere, unknown, malformed, large, hasty, asked, imported } = ADDRESSES;
  const view = { url: `https://example.com/${page}` };
  const from = (addresses: string[], message: Message, headers = {}): Promise<number> =>
    collect(muntra, addresses[0] ?? '', message, headers);
  for (const address of [...readers, ...asked]) {
    expect(await collect(muntra, address, view)).toBe(204);
    expect(await collect(muntra, address, { ...view, name: 'signup', data: { plan: 'pro' } })).toBe(204);
  }
  expect(await from(bot, view, { 'user-agent': 'Googlebot/2.1 (+http://www.google.com/bot.html)' })).toBe(204);
  expect(await from(elsewhere, view, { origin: 'https://evil.example' })).toBe(403);
  expect(await from(unknown, { ...view, site_id: 'other' })).toBe(403);
  expect(await from(malformed, '{"site_id":"mysite","url":')).toBe(400);
  expect(await from(malformed, { url: 7 })).toBe(400);
  expect(await from(large, 'x'.repeat(9000))).toBe(413);
  const hastes = await Promise.all(Array.from({ length: 30 }, () => from(hasty, view)));
  expect(hastes).toContain(429);

  const [ip = '', ip6 = ''] = asked;
  const question = { site: 'mysite', url: view.url, userAgent: FIREFOX, ip, origin: 'https://example.com' };
  await muntra.api('POST', '/api/explain', question);
  await expect(muntra.api('POST', '/api/explain', { ...question, ip: `${ip6}.1` })).rejects.toThrow('400');
  await expect(muntra.api('POST', '/api/forget', { ip: `${ip6}.1`, userAgent: FIREFOX })).rejects.toThrow('400');
  for (const address of imported) {
    const path = `/api/import?source=${page}-${imported.indexOf(address)}&line=0`;
    const line = { created_at: MIDNIGHT - DAY, site_id: 'mysite', visitor_hash: address };
    expect(await muntra.api<ImportAnswer>('POST', path, line)).toMatchObject({ events: 0, refused: [{ line: 1 }] });
  }
  const gone = await muntra.api<ForgetAnswer>('POST', '/api/forget', { ip, userAgent: FIREFOX });
  expect(gone.sites).toEqual([{ site: 'mysite', events: 2 }]);
}

/** The texts and bytes as which an address could be written somewhere. */
function formsOf(address: string): [string, Buffer][] {
  const bytes = Buffer.from(addressBytes(address) ?? []);
  const texts = [address, address.toUpperCase(), `${address}\n${FIREFOX}`];
  const groups = bytes.toString('hex').match(/.{4}/g) ?? [];
  // Four bytes alone are found by chance; as a mapped address they stand behind two of ff.
  const binary = bytes.length === 4 ? Buffer.from([0xff, 0xff, ...bytes]) : bytes;
  const encoded = [bytes.length === 16 ? groups.join(':') : address, binary.toString('hex'), binary.toString('base64')];
  // Without a salt a hash of an address is as good as the address, and so is the half of it that a visitor's would be.
  const hashes = ['md5', 'sha1', 'sha256'].flatMap(kind =>
    texts.map(text => hash(kind, text, 'buffer').subarray(0, 16)),
  );
  const base64 = Buffer.from(address).toString('base64').replace(/=*$/, '').slice(0, -1);
  return [
    ...[...texts.slice(0, 2), ...encoded, base64, ...hashes.map(value => value.toString('hex'))].map(
      (text): [string, Buffer] => [`${address} as ${text}`, Buffer.from(text)],
    ),
    ...[binary, ...hashes].map((value): [string, Buffer] => [`${address} as bytes ${value.toString('hex')}`, value]),
  ];
}

/** Both halves, as a part that is overwritten is not yet forgotten. */
function formsOfSalt(name: string, salt: string): [string, Buffer][] {
  return [salt.slice(0, 32), salt.slice(32)].flatMap((half): [string, Buffer][] => [
    [name, Buffer.from(half)],
    [name, Buffer.from(half.toUpperCase())],
    [name, Buffer.from(half, 'hex')],
    [name, Buffer.from(Buffer.from(half, 'hex').toString('base64').slice(0, -3))],
  ]);
}

const saltOf = ({ dataDir }: Muntra, day: string): string => readFileSync(join(dataDir, `salt/salt-${day}`), 'utf8');

/** As everybody on the machine can read them. */
function commandLines(): Buffer[] {
  const processes = readdirSync('/proc').filter(name => /^\d+$/.test(name));
  return processes.flatMap(pid => {
    try {
      return [readFileSync(`/proc/${pid}/cmdline`)];
    } catch {
      // It ended while we looked.
      return [];
    }
  });
}

async function backupOf({ port }: Muntra, token: string): Promise<Buffer> {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`http://127.0.0.1:${port}/api/backup`, { method: 'POST', headers });
  return Buffer.from(await answer.arrayBuffer());
}

async function overMidnight(redis: Service | undefined, postgres: Service | undefined): Promise<void> {
  const root = dirname(processes.dir('any'));
  const secret = randomBytes(24).toString('hex');
  const muntra = await startMuntra(processes, {
    env: {
      ...shiftedClock([MIDNIGHT - DAY / 2, MIDNIGHT - 10_000, MIDNIGHT]),
      MUNTRA_DASHBOARD_TOKEN: secret,
      MUNTRA_LOG_LEVEL: 'debug',
      MUNTRA_RATE_LIMIT: '1,1000',
      MUNTRA_FLUSH_INTERVAL: '1s',
      ...(redis && { MUNTRA_REDIS_URL: redis.url }),
      ...(postgres && { MUNTRA_POSTGRES_DSN: postgres.url }),
    },
  });
  await muntra.api('POST', '/api/sites', { id: 'mysite', origins: ['example.com'] });
  const { token } = await muntra.api<CreatedToken>('POST', '/api/tokens', { name: 'anna' });
  const [noon, evening, night] = ['noon', 'evening', 'night'].map(time => `${time}-${randomBytes(6).toString('hex')}`);

  await traffic(muntra, noon ?? '');
  muntra.signal('SIGUSR2');
  await traffic(muntra, evening ?? '');
  const oldSalt = saltOf(muntra, BEFORE);
  const old = byteSearch(formsOfSalt('old salt', oldSalt));
  expect(old.files(root)).not.toEqual([]);
  if (redis) expect(old.memory(redis.process.pid)).toEqual(['old salt']);

  muntra.signal('SIGUSR2');
  await traffic(muntra, night ?? '');
  const system = () => muntra.api<SystemAnswer>('GET', '/api/system');
  await until('the end of the old salt', async () => (await system()).oldSalts === 0);
  const range = `from=${MIDNIGHT - DAY}&to=${MIDNIGHT + DAY}`;
  const stats = await muntra.api<StatsAnswer>('GET', `/api/stats?site=mysite&${range}`);
  // Noon and evening are of one day: four readers, the one who asked and was not forgotten, the hasty one; then all anew.
  expect(stats.visitors.value).toBe(2 * (4 + 1 + 1));

  const newSalt = saltOf(muntra, AFTER);
  expect(newSalt).not.toBe(oldSalt);
  const wanted = byteSearch([
    ...SENT.flatMap(formsOf),
    ...formsOfSalt('old salt', oldSalt),
    ['token', Buffer.from(token)],
    ['dashboard token', Buffer.from(secret)],
  ]);
  const present = byteSearch([
    ...formsOfSalt('new salt', newSalt),
    ...[noon, evening, night].map((page = ''): [string, Buffer] => [page, Buffer.from(page)]),
  ]);
  if (redis) {
    await withRedis(redis.url, async link => {
      await until(
        'the end of the old salt in the file',
        async () => (await link.call('EXISTS', `muntra:salt_erased:${AFTER}`)) === 1,
      );
      await link.call('CONFIG', 'SET', 'rdbcompression', 'no');
      await link.call('SAVE');
    });
    expect(wanted.memory(redis.process.pid)).toEqual([]);
    expect(present.memory(redis.process.pid)).toContain('new salt');
  }
  expect(commandLines().flatMap(line => wanted.bytes(line))).toEqual([]);
  const backup = await backupOf(muntra, secret);
  const unpacked = zstdDecompressSync(backup);
  await muntra.stop();

  const output = [muntra, redis?.process, postgres?.process].map(process => process?.output() ?? '').join('\n');
  const parts = [backup, unpacked, Buffer.from(output)].flatMap(wanted.bytes);
  expect([...parts, ...wanted.files(root)]).toEqual([]);
  expect(output).toContain('listening');
  expect(present.bytes(unpacked).toSorted()).toEqual([evening, night, noon]);
  const places = present.files(root).map(place => place.replace(/ in .*/, ''));
  expect([...new Set(places)].toSorted()).toEqual([evening, 'new salt', night, noon]);
}

test('in the embedded mode', async () => {
  processes = openProcesses();
  await overMidnight(undefined, undefined);
}, 120_000);

test('in the services mode', async () => {
  processes = openProcesses();
  await overMidnight(await startRedis(processes), await startPostgres(processes));
}, 120_000);

test('the search finds all that it is for', () => {
  const forms = SENT.flatMap(formsOf);
  const all = byteSearch(forms);
  for (const [name, bytes] of forms) {
    const place = Buffer.concat([randomBytes(99), bytes, randomBytes(99)]);
    expect(all.bytes(place)).toContain(name);
  }
});
