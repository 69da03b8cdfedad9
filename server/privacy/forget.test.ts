import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Buffer as EventBuffer } from '../buffer/buffer.ts';
import { openSpool } from '../buffer/spool.ts';
import { MuntraError } from '../errors.ts';
import { createDropLedger } from '../ingest/drops.ts';
import { type Event, encodeEvent } from '../ingest/event.ts';
import { fileSalt, type SaltSource } from '../ingest/salt.ts';
import { visitorHash } from '../ingest/visitor.ts';
import { createLogger } from '../log.ts';
import { createFlusher, type Flusher } from '../pipeline/flush.ts';
import { createRollup } from '../pipeline/rollup.ts';
import { type TestStore, testStore } from '../testing/postgres.ts';
import { openProcesses, type Processes } from '../testing/processes.ts';
import { sampleEvent } from '../testing/sample-event.ts';
import { createForget, type Forget } from './forget.ts';

const NOW = Date.UTC(2025, 10, 30, 12);
const HOUR = 3_600_000;
const IP = '203.0.113.7';
const AGENT = 'Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0';
const log = createLogger('silent', process.stdout);
const now = (): number => NOW;

let db: TestStore;
let processes: Processes;
let spool: EventBuffer;
let salt: SaltSource;
let flusher: Flusher;
let forget: Forget;

beforeEach(async () => {
  db = await testStore();
  processes = openProcesses();
  const dir = processes.dir('data');
  spool = await openSpool({ dir: join(dir, 'spool'), maxBytes: 2 ** 20, sync: 'second', log });
  salt = fileSalt(join(dir, 'salt'), now, log);
  flusher = flusherOf([spool]);
  forget = createForget({ store: db.store, flusher, salt, now });
});
afterEach(async () => {
  await salt.close();
  await spool.close();
  await processes.close();
  await db.drop();
});

const flusherOf = (buffers: EventBuffer[]): Flusher =>
  createFlusher({ store: db.store, buffers, drops: createDropLedger(now), batchSize: 500, interval: 0, log, now });

/** An event of the visitor, as `/collect` keeps it. */
async function visit(given: Partial<Event> = {}, ip = IP): Promise<void> {
  const visitor = visitorHash(ip, AGENT, await salt.at(NOW));
  await spool.append(encodeEvent(sampleEvent({ at: NOW, visitor, ...given })));
}

/** `site path` of what is stored. */
async function stored(): Promise<string[]> {
  const rows = await db.store.query<{ event: string }>(
    "SELECT site_id || ' ' || url_path AS event FROM raw_events ORDER BY 1",
  );
  return rows.map(({ event }) => event);
}

test('what a visitor left today goes from all the sites, what waits too, and nothing else', async () => {
  await visit({ site: 'blog', path: '/stored' });
  await visit({ site: 'shop', path: '/stored' });
  await visit({ site: 'blog', path: '/yesterday', at: NOW - 24 * HOUR });
  await visit({ site: 'blog', path: '/other' }, '203.0.113.8');
  await flusher.flush();
  await visit({ site: 'blog', path: '/waits' });
  const visitor = { ip: IP, userAgent: AGENT };
  expect(await forget(visitor, ['blog', 'shop', 'quiet'])).toEqual({
    day: '2025-11-30',
    sites: [
      { site: 'blog', events: 2 },
      { site: 'shop', events: 1 },
    ],
  });
  expect(await stored()).toEqual(['blog /other', 'blog /yesterday']);
  expect((await spool.depth()).events).toBe(0);
  expect(await forget(visitor, ['blog', 'shop'])).toEqual({ day: '2025-11-30', sites: [] });
});

test('a site that is named is the only one that loses events', async () => {
  await visit({ site: 'blog' });
  await visit({ site: 'shop' });
  expect((await forget({ ip: IP, userAgent: AGENT }, ['shop'])).sites).toEqual([{ site: 'shop', events: 1 }]);
  expect(await stored()).toEqual(['blog /']);
});

test('events that PostgreSQL refused go too', async () => {
  await visit({ path: '/\0' });
  await visit({ path: '/\0' }, '203.0.113.8');
  await flusher.flush();
  expect((await forget({ ip: IP, userAgent: AGENT }, ['mysite'])).sites).toEqual([{ site: 'mysite', events: 1 }]);
  expect(await db.store.query('SELECT FROM rejected_events')).toHaveLength(1);
});

test('rollups are made anew without the visitor, whose next event begins a visit', async () => {
  const rollup = createRollup({ store: db.store, interval: 0, log, now });
  const totals = () => db.store.query('SELECT visitors, visits, pageviews FROM sessions_daily');
  await visit();
  await visit({}, '203.0.113.8');
  await flusher.flush();
  await rollup.refresh();
  await forget({ ip: IP, userAgent: AGENT }, ['mysite']);
  await rollup.refresh();
  expect(await totals()).toEqual([{ visitors: 1, visits: 1, pageviews: 1 }]);

  await visit({ at: NOW + 60_000 });
  await flusher.flush();
  const [visitor] = await db.store.query<{ visit: string }>(
    'SELECT session_hash AS visit FROM raw_events ORDER BY created_at DESC',
  );
  expect(visitor?.visit).toMatch(new RegExp(`-${((NOW + 60_000) / 1000).toString(16)}$`));
});

test.each([
  ['2001:DB8:0:0::7', '2001:db8::7'],
  ['::ffff:cb00:7107', IP],
  ['2001:DB8::7', '2001:DB8::7'],
])('%s is the one who came as %s', async (typed, came) => {
  await visit({}, came);
  expect((await forget({ ip: typed, userAgent: AGENT }, ['mysite'])).sites).toEqual([{ site: 'mysite', events: 1 }]);
});

test('what is no address is refused and not repeated', async () => {
  const refused = forget({ ip: '203.0.113.700', userAgent: AGENT }, ['mysite']);
  await expect(refused).rejects.toMatchObject({ code: 'bad_request', message: 'ip is not an IP address' });
});

test('nothing is said to be gone while events may wait out of sight', async () => {
  await visit();
  await flusher.flush();
  const away = async (): Promise<never> => {
    throw new MuntraError('buffer_unavailable', 'Redis is away', 'try again');
  };
  const blind = createForget({ store: db.store, flusher: flusherOf([{ ...spool, depth: away }]), salt, now });
  await expect(blind({ ip: IP, userAgent: AGENT }, ['mysite'])).rejects.toMatchObject({ code: 'buffer_unavailable' });
  expect(await stored()).toEqual(['mysite /']);
});
