/**
 * Mutated requests on raw sockets: whatever comes, the server lives, answers nothing with a 5xx, logs no error, keeps its
 * memory, and PostgreSQL takes every event that was kept.
 */
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Row, readRow } from '../ingest/event.ts';
import { createLogger } from '../log.ts';
import { storeRows } from '../pipeline/batch.ts';
import { createRandom } from '../random.ts';
import { createSiteRegistry } from '../sites/registry.ts';
import { TEST_TOKEN, type TestHttpServer, testHttpServer } from '../testing/http.ts';
import { amount } from '../testing/long.ts';
import { settledMemory } from '../testing/memory.ts';
import { mutated } from '../testing/mutate.ts';
import { type TestStore, testStore } from '../testing/postgres.ts';
import { SAMPLE_SYSTEM } from '../testing/sample-system.ts';

const REQUESTS = amount(3_000, 1_000_000);
const CONNECTIONS = amount(32, 128);
const BATCH = 500;
/** Events that lie in the table at most. */
const CHECKED = 2_000;
/** Milliseconds: longer than the server's own limits, and than others keep the machine busy. */
const HUNG = 60_000;
/** Given again, it sends the same requests. */
const SEED = Number(process.env.MUNTRA_FUZZ_SEED ?? Date.now() % 2 ** 31);

let database: TestStore;
let http: TestHttpServer;
let rows: Row[] = [];
/** Events in the table, and those that went from it. */
let unchecked = 0;
let stored = 0;

beforeAll(async () => {
  database = await testStore();
  // Of the environment, so that no request can remove it.
  const sites = createSiteRegistry({
    store: database.store,
    config: { allowedSites: ['mysite', 'imported'], siteOrigins: {} },
    snapshot: '/nonexistent/sites.json',
    log: createLogger('silent', process.stderr),
  });
  await sites.refresh();
  http = await testHttpServer(database.store, {
    sites,
    append: async payload => void rows.push(readRow(Buffer.from(payload))),
    system: async () => SAMPLE_SYSTEM,
  });
});
afterAll(async () => {
  await http.close();
  await database.drop();
});

/** What the server sends until it closes the connection, or has nothing more to say. */
function send(bytes: Buffer): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect(http.port, '127.0.0.1');
  let received = '';
  // A closed sending side is what ends a request that is cut short.
  let quiet = setTimeout(() => socket.end(), 150);
  const hung = setTimeout(() => socket.destroy(new Error('no end')), HUNG);
  socket.setEncoding('latin1').on('data', data => {
    received += data;
    clearTimeout(quiet);
    quiet = setTimeout(() => socket.end(), 10);
  });
  socket.on('error', error =>
    error.message === 'no end' ? reject(new Error(`no end, seed ${SEED}: ${bytes.toString('latin1')}`)) : undefined,
  );
  socket.once('close', () => {
    clearTimeout(quiet);
    clearTimeout(hung);
    resolve(received);
  });
  socket.write(bytes);
  return promise;
}

let storing = Promise.resolve();

/** One batch after the other, as the flush does. */
function store(): Promise<void> {
  const batch = rows;
  rows = [];
  storing = storing.then(async () => {
    await database.store.transaction(client => storeRows(client, batch));
    // A mutated event may name the other site, whose rows nobody counts.
    unchecked += batch.filter(({ site }) => site === 'mysite').length;
    if (unchecked >= CHECKED) await check();
  });
  return storing;
}

/** All that was kept is stored, within its limits. Then it goes, so that questions do not become slower and slower. */
async function check(): Promise<void> {
  const [found] = await database.store.query(
    `SELECT count(*)::int AS events, count(*) FILTER (WHERE length(url_path) > 800 OR length(url_query) > 1000
              OR length(event_name) NOT BETWEEN 1 AND 100 OR length(screen) > 24 OR length(language) > 16
              OR length(timezone) > 64 OR jsonb_typeof(event_data) <> 'object' OR length(visitor_hash) <> 32)::int AS odd
       FROM raw_events WHERE site_id = 'mysite'`,
  );
  expect(found, `seed ${SEED}`).toEqual({ events: unchecked, odd: 0 });
  await database.store.query('TRUNCATE raw_events');
  stored += unchecked;
  unchecked = 0;
}

test(`${REQUESTS} mutated requests`, { timeout: amount(120_000, 3_600_000) }, async () => {
  const random = createRandom(SEED);
  const statuses = new Map<string, number>();
  let sent = 0;
  let early = settledMemory();

  async function worker(): Promise<void> {
    while (sent < REQUESTS) {
      if (++sent === Math.floor(REQUESTS / 5)) early = settledMemory();
      const bytes = mutated(random, TEST_TOKEN);
      for (const [, status = ''] of (await send(bytes)).matchAll(/HTTP\/1\.1 (\d{3}) /g)) {
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        expect(Number(status), `seed ${SEED}: ${bytes.toString('latin1')}`).toBeLessThan(500);
      }
      if (rows.length >= BATCH) await store();
    }
  }

  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  await store();
  await check();
  const { heapUsed, rss } = settledMemory();
  const grown = { heap: heapUsed - early.heapUsed, rss: rss - early.rss };
  const tally = [...statuses].sort().map(([status, count]) => `${status}: ${count}`);
  process.stdout.write(
    `${REQUESTS} mutated requests (seed ${SEED}): ${tally.join(', ')}; ${stored} events; ` +
      `grown by ${grown.heap >> 10} KB of heap, ${grown.rss >> 10} KB of RSS\n`,
  );

  expect((await fetch(`${http.url}/health`)).status).toBe(200);
  expect(http.logged.filter(line => line.includes('"level":"error"'))).toEqual([]);
  expect(grown.heap).toBeLessThan(16e6);
  // Clients and server in one process: at first, and so in the short run, it grows by the code that is compiled.
  expect(grown.rss).toBeLessThan(amount(256e6, 64e6));
  expect(statuses.get('204')).toBeGreaterThan(REQUESTS / 20);
});
