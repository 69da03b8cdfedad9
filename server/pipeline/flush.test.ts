import { cp, mkdtemp, readdir, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Buffer } from '../buffer/buffer.ts';
import { openSpool } from '../buffer/spool.ts';
import { MuntraError } from '../errors.ts';
import { createDropLedger } from '../ingest/drops.ts';
import { type Event, encodeEvent } from '../ingest/event.ts';
import { createLogger } from '../log.ts';
import { openStore } from '../store/postgres.ts';
import { type TestStore, testStore } from '../testing/postgres.ts';
import { until } from '../testing/processes.ts';
import { sampleEvent } from '../testing/sample-event.ts';
import { claimEvents } from './event-writer.ts';
import { backoff, createFlusher, type Flusher, type FlusherOptions } from './flush.ts';

const NOON = Date.UTC(2025, 10, 30, 12);
const log = createLogger('silent', process.stdout);

let db: TestStore;
let root: string;
let dir: string;
let spool: Buffer;
let spoolLines: string[] = [];
const spoolLog = createLogger('info', { write: line => spoolLines.push(line) });
const open = (path = dir): Promise<Buffer> =>
  openSpool({ dir: path, maxBytes: 2 ** 26, sync: 'second', log: spoolLog });
const reopen = async () => {
  await spool.close();
  spool = await open();
};
beforeEach(async () => {
  db = await testStore();
  root = await mkdtemp(join(tmpdir(), 'muntra-flush-'));
  dir = join(root, 'spool');
  spoolLines = [];
  spool = await open();
});
afterEach(async () => {
  await spool.close();
  await rm(root, { recursive: true });
  await db.drop();
});

const drops = createDropLedger(() => NOON);
const flusher = (options: Partial<FlusherOptions> = {}): Flusher =>
  createFlusher({
    store: db.store,
    buffers: [spool],
    drops,
    batchSize: 10,
    interval: 0,
    log,
    now: () => NOON,
    ...options,
  });

let appended = 0;
const append = (given: Partial<Event> = {}): Promise<void> =>
  spool.append(encodeEvent(sampleEvent({ path: `/${++appended}`, at: NOON + appended, ...given })));
async function appendMany(count: number): Promise<string[]> {
  const first = appended + 1;
  for (let i = 0; i < count; i++) await append();
  return Array.from({ length: count }, (_, i) => `/${first + i}`);
}

async function storedPaths(): Promise<string[]> {
  const rows = await db.store.query<{ path: string }>('SELECT url_path AS path FROM raw_events ORDER BY created_at');
  return rows.map(({ path }) => path);
}

/** The spool, except that one method fails. */
function without(method: 'depth' | 'trim'): Buffer {
  const fail = () => Promise.reject(new MuntraError('buffer_unavailable', 'away', 'wait'));
  return {
    kind: spool.kind,
    up: true,
    identity: () => spool.identity(),
    append: payload => spool.append(payload),
    read: (after, limit) => spool.read(after, limit),
    trim: upTo => spool.trim(upTo),
    depth: () => spool.depth(),
    close: () => spool.close(),
    [method]: fail,
  };
}

describe('a flush', () => {
  test('stores what waits in order, batch by batch, and empties the buffer', async () => {
    const paths = await appendMany(35);
    const subject = flusher();
    expect(subject.last).toBeNull();
    expect(await subject.flush()).toEqual({ events: 35, rejected: 0, seconds: 0, waiting: 0 });
    expect(subject.last).toEqual({ at: NOON, events: 35, seconds: 0 });
    expect(await storedPaths()).toEqual(paths);
    expect(await spool.depth()).toMatchObject({ events: 0 });
    expect(await subject.flush()).toMatchObject({ events: 0, waiting: 0 });
  });

  test('keeps every field', async () => {
    const texts = { path: '/å\\N\t\n\r\\', query: '\\.', referrerDomain: 'a.example', referrerPath: '/r', region: 'r' };
    const more = { city: 'c', utmSource: 's', utmMedium: 'm', utmCampaign: 'k', utmTerm: 't', utmContent: 'n' };
    const event = sampleEvent({ ...texts, ...more, osVersion: '6', data: '{"plan": "pro"}' });
    await append(event);
    await flusher().flush();
    const [row] = await db.store.query('SELECT * FROM raw_events');
    expect(row).toMatchObject({
      created_at: new Date(event.at),
      url_path: event.path,
      url_query: event.query,
      ua_os_version: '6',
      pixel_ratio: '1.25',
      city: 'c',
      utm_content: 'n',
      event_data: { plan: 'pro' },
      session_hash: '0123456789ab-692c31c0',
    });
    const empty = Object.entries(row ?? {}).filter(([, value]) => value === null);
    expect(empty).toEqual([]);
  });

  test('that dies between commit and trim is taken up without doubles', async () => {
    const paths = await appendMany(25);
    const buffer = without('trim');
    await expect(flusher({ buffers: [buffer] }).flush()).rejects.toMatchObject({ code: 'buffer_unavailable' });
    expect(await storedPaths()).toHaveLength(10);
    expect(await flusher().flush()).toMatchObject({ events: 15, waiting: 0 });
    expect(await storedPaths()).toEqual(paths);
  });

  test('trims what an earlier one has stored and not trimmed', async () => {
    await appendMany(5);
    await flusher({ buffers: [without('trim')] })
      .flush()
      .catch(() => {});
    expect(await flusher().flush()).toMatchObject({ events: 0, waiting: 0 });
    expect(await storedPaths()).toHaveLength(5);
  });

  test('by several at once stores each event once', async () => {
    const paths = await appendMany(200);
    const answers = await Promise.all([1, 2, 3].map(n => flusher({ batchSize: 7 * n }).flush()));
    expect(answers.reduce((sum, { events }) => sum + events, 0)).toBe(200);
    expect(await storedPaths()).toEqual(paths);
  });

  test('asked for during a run is shared, and stores what was appended before the call', async () => {
    await appendMany(30);
    const subject = flusher();
    const first = subject.flush();
    await append({ path: '/late' });
    const [second, third] = [subject.flush(), subject.flush()];
    expect(second).toBe(third);
    await second;
    expect(await storedPaths()).toContain('/late');
    await first;
  });

  test('of a buffer that is away does not keep the others from theirs', async () => {
    const paths = await appendMany(3);
    const away = without('depth');
    const subject = flusher({ buffers: [away, spool] });
    await expect(subject.flush()).rejects.toMatchObject({ code: 'buffer_unavailable' });
    expect(await storedPaths()).toEqual(paths);
    await expect(subject.freshen()).resolves.toBeUndefined();
  });

  test('without a store leaves everything in the buffer', async () => {
    const away = openStore({ host: '127.0.0.1', port: 1 }, { log });
    await appendMany(3);
    drops.count('mysite', 'bot');
    const subject = flusher({ store: away });
    await expect(subject.flush()).rejects.toMatchObject({ code: 'store_unavailable' });
    await expect(subject.freshen()).rejects.toMatchObject({ code: 'store_unavailable' });
    await away.close();
    expect(await flusher().flush()).toMatchObject({ events: 3 });
    expect(await db.store.query('SELECT site_id, day::text, reason, events FROM drops_daily')).toEqual([
      { site_id: 'mysite', day: '2025-11-30', reason: 'bot', events: '1' },
    ]);
  });

  test('does not keep a question waiting for ever', async () => {
    await appendMany(3);
    const subject = flusher({ patience: 100 });
    await db.store.transaction(async client => {
      await claimEvents(client);
      const late = { code: 'store_unavailable', hint: expect.stringContaining('again') };
      await expect(subject.freshen()).rejects.toMatchObject(late);
    });
    expect(await subject.flush()).toMatchObject({ waiting: 0 });
    expect(await storedPaths()).toHaveLength(3);
  });

  test('adds the turned-away events of a day up', async () => {
    for (const site of ['b', 'a', 'b', '']) {
      drops.count(site, 'origin');
      await flusher().flush();
    }
    const rows = await db.store.query('SELECT site_id AS site, events::int FROM drops_daily ORDER BY site_id');
    expect(rows).toEqual([
      { site: '', events: 1 },
      { site: 'a', events: 1 },
      { site: 'b', events: 2 },
    ]);
  });

  test('marks the days it touches', async () => {
    await append({ at: Date.UTC(2025, 10, 30, 23, 59) });
    await append({ at: Date.UTC(2025, 11, 1) });
    await append({ at: Date.UTC(2025, 11, 1, 5), site: 'other' });
    await flusher().flush();
    const marks = 'SELECT site_id AS site, day::text FROM dirty_windows ORDER BY site_id, day';
    expect(await db.store.query(marks)).toEqual([
      { site: 'mysite', day: '2025-11-30' },
      { site: 'mysite', day: '2025-12-01' },
      { site: 'other', day: '2025-12-01' },
    ]);
  });
});

describe('a spool', () => {
  const older = () => join(root, 'older');
  /** Without closing it, as a snapshot of the machine or a kill leaves it; what was read is on disk. */
  const copy = () => cp(dir, older(), { recursive: true });
  const putBack = async () => {
    await spool.close();
    await rm(dir, { recursive: true });
    await rename(older(), dir);
    spool = await open();
  };

  test('of several openings is stored in one run, and once', async () => {
    const paths = await appendMany(3);
    await flusher({ buffers: [without('trim')] })
      .flush()
      .catch(() => {});
    for (let opening = 0; opening < 3; opening++) {
      await reopen();
      paths.push(...(await appendMany(15)));
    }
    expect(await flusher().flush()).toMatchObject({ events: 45, waiting: 0 });
    expect(await storedPaths()).toEqual(paths);
  });

  test('of several openings, some of them damaged: all that can be read is stored, and once', async () => {
    const paths: string[] = [];
    for (let opening = 0; opening < 6; opening++) {
      paths.push(...(await appendMany(15)));
      await reopen();
    }
    const files = (await readdir(dir)).sort();
    expect(files).toHaveLength(7);
    // The first to nothing, two to a part of one batch and of the next, while they are open.
    for (const [file, size] of [0, 400, 2000].entries()) await truncate(join(dir, files[2 * file] ?? ''), size);
    await flusher().flush();
    const stored = await storedPaths();
    expect(new Set(stored).size).toBe(stored.length);
    expect(stored).toEqual(paths.filter(path => stored.includes(path)));
    for (const opening of [1, 3, 5])
      expect(stored).toEqual(expect.arrayContaining(paths.slice(15 * opening, 15 * opening + 15)));
    expect(await spool.depth()).toMatchObject({ events: 0 });
  });

  test('where no new file can be made is stored all the same, and questions are answered', async () => {
    const paths = await appendMany(5);
    const end = (await spool.read(null, 10)).at(-1)?.position ?? '';
    await writeFile(join(dir, `${end.padStart(33, '0')}.spool`), '');
    const lines: string[] = [];
    const subject = flusher({ log: createLogger('info', { write: (line: string) => lines.push(line) }) });
    await subject.freshen();
    expect(await storedPaths()).toEqual(paths);
    expect(await spool.depth()).toEqual({ events: 0, bytes: 0 });
    expect(await subject.flush()).toMatchObject({ events: 0, waiting: 0 });
    expect(lines).toEqual([]);
  });

  test('that cannot be read keeps no question from its answer, says so once, and is stored when it can', async () => {
    const paths = await appendMany(5);
    const [name = ''] = await readdir(dir);
    await rename(join(dir, name), join(root, name));
    for (const _ of [1, 2]) {
      await expect(flusher().flush()).rejects.toMatchObject({ code: 'buffer_unavailable' });
      await expect(flusher().freshen()).resolves.toBeUndefined();
    }
    await rename(join(root, name), join(dir, name));
    expect(await flusher().flush()).toMatchObject({ events: 5, waiting: 0 });
    expect(await storedPaths()).toEqual(paths);
    expect(spoolLines.map(line => JSON.parse(line).msg)).toEqual([
      'spool: cannot be read, its events wait',
      'spool: can be read again',
    ]);
  });

  test('that an earlier version wrote, with its position, is stored on from there', async () => {
    const paths = await appendMany(25);
    await flusher({ buffers: [without('trim')] })
      .flush()
      .catch(() => {});
    await db.store.query("UPDATE buffer_positions SET position = split_part(position, '-', 1)");
    await reopen();
    paths.push(...(await appendMany(5)));
    expect(await flusher().flush()).toMatchObject({ events: 20, waiting: 0 });
    expect(await storedPaths()).toEqual(paths);
  });

  test('that came back from an older copy loses nothing that it takes then', async () => {
    const paths = await appendMany(10);
    await flusher().flush();
    await copy();
    paths.push(...(await appendMany(1000)));
    await flusher({ batchSize: 500 }).flush();
    await putBack();
    paths.push(...(await appendMany(500)));
    expect(await flusher({ batchSize: 500 }).flush()).toMatchObject({ events: 500, waiting: 0 });
    expect(await storedPaths()).toEqual(paths);
  });

  test('that came back with events which were stored since: those once, and each later one, restarted as it may be', async () => {
    const paths = await appendMany(10);
    await spool.read(null, 1);
    await copy();
    paths.push(...(await appendMany(200)));
    await flusher().flush();
    await putBack();
    for (let opening = 0; opening < 3; opening++) {
      paths.push(...(await appendMany(20)));
      await reopen();
    }
    expect(await flusher().flush()).toMatchObject({ events: 60, waiting: 0 });
    expect(await storedPaths()).toEqual(paths);
  });

  test('and a copy of it, as of a cloned machine, both in use: each event once', async () => {
    const paths = await appendMany(30);
    await spool.read(null, 1);
    await copy();
    const twin = await open(older());
    for (let round = 0; round < 3; round++) {
      paths.push(...(await appendMany(20)));
      const path = `/twin/${round}`;
      await twin.append(encodeEvent(sampleEvent({ path, at: NOON + appended + 0.5 })));
      paths.push(path);
      await Promise.all([flusher().flush(), flusher({ buffers: [twin] }).flush()]);
    }
    await Promise.all([flusher().flush(), flusher({ buffers: [twin] }).flush()]);
    expect((await storedPaths()).sort()).toEqual(paths.sort());
    expect(await twin.depth()).toMatchObject({ events: 0 });
    await twin.close();
  });
});

test('what cannot be stored is set aside with the reason, and nothing else suffers', async () => {
  await appendMany(4);
  await append({ path: '/nul\0' });
  await append({ data: '{"a": "\\u0000"}' });
  await append({ data: '{broken' });
  await spool.append('\0 not an event');
  await append({ at: Date.UTC(2525, 0) });
  await append({ site: Buffer.from(crypto.getRandomValues(new Uint8Array(9000))).toString('base64') });
  await appendMany(4);
  const warnings: string[] = [];
  const told = createLogger('warn', { write: (line: string) => warnings.push(line) });
  const answer = await flusher({ batchSize: 100, log: told }).flush();
  expect(answer).toMatchObject({ events: 8, rejected: 6, waiting: 0 });
  expect(await storedPaths()).toHaveLength(8);
  const rejected = await db.store.query<{ reason: string; position: string }>(
    'SELECT reason, position FROM rejected_events',
  );
  expect(rejected.map(({ reason }) => reason)).toEqual([
    'not an event',
    expect.stringContaining('a time outside'),
    expect.stringContaining('invalid byte sequence'),
    expect.stringContaining('unsupported Unicode escape'),
    expect.stringContaining('invalid input syntax for type json'),
    expect.stringContaining('index row'),
  ]);
  expect(rejected.every(({ position }) => position !== '')).toBe(true);
  expect(warnings).toHaveLength(1);
});

describe('freshen', () => {
  test('flushes at most once a second', async () => {
    let now = NOON;
    const subject = flusher({ now: () => now });
    await append();
    await subject.freshen();
    expect(await storedPaths()).toHaveLength(1);
    await append();
    now += 999;
    await subject.freshen();
    expect(await storedPaths()).toHaveLength(1);
    now += 1;
    await subject.freshen();
    expect(await storedPaths()).toHaveLength(2);
  });
});

describe('the timer', () => {
  test.each([
    [1, 1_000],
    [2, 2_000],
    [4, 8_000],
    [6, 32_000],
    [7, 60_000],
    [2000, 60_000],
  ])('waits after %i failures for anything between half of %i ms and all of it', (failures, longest) => {
    const delays = Array.from({ length: 500 }, () => backoff(failures));
    expect(Math.max(...delays)).toBeLessThanOrEqual(longest);
    expect(Math.max(...delays)).toBeGreaterThan(longest * 0.9);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(longest * 0.5);
    expect(Math.min(...delays)).toBeLessThan(longest * 0.6);
  });

  test('flushes every interval, and once more at the end', async () => {
    const subject = flusher({ interval: 20 });
    subject.start();
    await append();
    await until('a flush', async () => (await storedPaths()).length === 1);
    await append();
    await subject.stop();
    expect(await storedPaths()).toHaveLength(2);
    await append();
    await subject.flush();
    expect(await storedPaths()).toHaveLength(2);
  });

  test('goes on after failures, which are told once', async () => {
    const lines: string[] = [];
    const subject = flusher({ interval: 10, log: createLogger('info', { write: (line: string) => lines.push(line) }) });
    await db.store.query('ALTER TABLE dirty_windows RENAME TO elsewhere');
    await append();
    subject.start();
    await until('a failure', () => lines.length > 0);
    await subject.flush().catch(() => {});
    await db.store.query('ALTER TABLE elsewhere RENAME TO dirty_windows');
    await until('a flush', async () => (await storedPaths()).length === 1);
    await subject.stop();
    expect(lines.map(line => JSON.parse(line).msg)).toEqual([
      'waiting events cannot be stored',
      'waiting events are stored again',
    ]);
  });
});
