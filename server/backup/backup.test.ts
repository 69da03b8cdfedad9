import { chmod, cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { createZstdDecompress } from 'node:zlib';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSpool } from '../buffer/spool.ts';
import { createDropLedger } from '../ingest/drops.ts';
import { encodeEvent } from '../ingest/event.ts';
import { createLogger } from '../log.ts';
import { createFlusher } from '../pipeline/flush.ts';
import { createRollup } from '../pipeline/rollup.ts';
import { readUnrolled } from '../stats/added.ts';
import { createStats } from '../stats/stats.ts';
import { migrate } from '../store/migrate.ts';
import { openStore, type Store } from '../store/postgres.ts';
import { plainBreakdown, plainStats, readRows } from '../testing/plain-answers.ts';
import { type TestStore, testStore } from '../testing/postgres.ts';
import { until } from '../testing/processes.ts';
import { sampleEvent } from '../testing/sample-event.ts';
import { sampleSite } from '../testing/sample-site.ts';
import { storeEvents } from '../testing/store-events.ts';
import { createBackup } from './backup.ts';
import { LEFT_OUT, TABLES } from './block.ts';
import { restore } from './restore.ts';
import { Scanner } from './scan.ts';
import { verify } from './verify.ts';

const NOON = Date.UTC(2025, 10, 30, 12);
const DAY = 86_400_000;
const MONTH = 31 * DAY;
const log = createLogger('silent', process.stdout);
const never = new AbortController().signal;

let db: TestStore;
let target: TestStore;
/** The target, opened as by the command: beside a store of a server it would be refused. */
let restored: Store;
beforeEach(async () => {
  [db, target] = await Promise.all([testStore(), testStore()]);
  restored = openStore({ ...target.connection, application_name: 'muntra restore' }, { log });
  await fill();
});
afterEach(async () => {
  await restored.close();
  await target.drop();
  await db.drop();
});

/** Something of each kind. */
async function fill(): Promise<void> {
  const hostile = { path: '/a\tb\\c\n\\.\n日本\u0001', data: '{"a": [1.50, "\\\\"]}' };
  const events = [-MONTH, 0, 1000, 2000, MONTH].map(after => sampleEvent({ at: NOON + after, ...hostile }));
  await db.store.transaction(client => storeEvents(client, events));
  await db.store.query(`
    INSERT INTO sites (site_id, timezone) VALUES ('mysite', 'Europe/Stockholm'), ('blog', 'UTC');
    INSERT INTO site_origins VALUES ('mysite', 'example.com');
    INSERT INTO buffer_positions (buffer, position) VALUES ('spool:1', '500'), ('import:file', '7');
    INSERT INTO drops_daily VALUES ('mysite', '2025-11-30', 'bot', 12);
    INSERT INTO rejected_events (buffer, position, reason, payload) VALUES ('spool:1', '400', 'why', '\\x00ff0a');
    INSERT INTO breakdowns_daily (site_id, day, dimension, value, views, visitors)
      VALUES ('mysite', '2025-11-30', 'browser', 'Firefox', 3, 1), ('mysite', '2025-11-30', 'os', 'Linux', 3, 1)`);
}

async function make(): Promise<Buffer> {
  return buffer(createBackup(db.store, log, () => NOON).stream());
}

const pieces = (packed: Buffer): AsyncIterable<Uint8Array> => Readable.from([packed]).pipe(createZstdDecompress());
const load = async (text: AsyncIterable<Uint8Array>, force = false) =>
  restore(restored, await Scanner.open(text), force);
const into = (packed: Buffer, force = false) => load(pieces(packed), force);

/** All rows of all tables. */
async function contents(store: Store): Promise<Record<string, unknown[]>> {
  const all: Record<string, unknown[]> = {};
  for (const table of TABLES) {
    const rows = await store.query<{ row: string }>(`SELECT t::text AS row FROM ${table} t ORDER BY 1`);
    all[table] = rows.map(({ row }) => row);
  }
  return all;
}

test('every table is in a backup, but those that must not be', async () => {
  const rows = await db.store.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace
     AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY 1`,
  );
  expect(rows.map(({ name }) => name)).toEqual([...TABLES, ...LEFT_OUT].sort());
});

describe('a backup', () => {
  test('makes the same rows elsewhere', async () => {
    const packed = await make();
    const { header } = await Scanner.open(pieces(packed));
    expect(header).toMatchObject({ backup: 'muntra', format: 1, made: NOON });
    const blocks = await into(packed);
    expect(blocks.filter(({ head }) => head.table === 'raw_events')).toHaveLength(3);
    expect(await contents(restored)).toEqual(await contents(db.store));
  });

  test('goes on with ids that are not taken', async () => {
    await into(await make());
    await restored.transaction(client => storeEvents(client, [sampleEvent({ at: NOON + 5000 })]));
    const [row] = await restored.query(
      'SELECT count(*)::int AS events, count(DISTINCT id)::int AS ids FROM raw_events',
    );
    expect(row).toEqual({ events: 6, ids: 6 });
  });

  test('has days that can be added to as they are rolled up', async () => {
    await createRollup({ store: db.store, interval: 0, log, now: () => NOON + DAY }).refresh();
    await into(await make());
    const late = [5000, 6000].map(after => sampleEvent({ at: NOON + after, path: '/late' }));
    await restored.transaction(client =>
      storeEvents(client, [...late, sampleEvent({ at: NOON, visitor: 'b'.repeat(32) })]),
    );
    const day = Math.floor(NOON / DAY);
    expect(
      (await restored.transaction(client => readUnrolled(client, 'mysite', { from: day, to: day + 1 }))).added,
    ).toHaveLength(1);
    const rows = await readRows(restored, 'mysite');
    const range = { from: day * DAY, to: (day + 1) * DAY };
    const stats = createStats(restored);
    expect(await stats.stats(sampleSite({ id: 'mysite' }), range, [])).toEqual(plainStats(rows, range, []));
    for (const by of ['url', 'exit'] as const) {
      const answer = await stats.breakdown(sampleSite({ id: 'mysite' }), by, range, 10, []);
      expect(answer).toEqual(plainBreakdown(rows, by, range, 10, []));
    }
  });

  test('is of one moment, while events come', async () => {
    const stream = createBackup(db.store, log, () => NOON).stream();
    await new Promise(resolve => stream.once('readable', resolve));
    await db.store.query("INSERT INTO sites (site_id) VALUES ('later'); DELETE FROM raw_events");
    await into(await buffer(stream));
    expect((await contents(restored)).raw_events).toHaveLength(5);
  });

  test('is remembered when it is read to its end, and only then', async () => {
    const backup = createBackup(db.store, log, () => NOON);
    expect(await backup.last()).toBe(null);
    const stream = backup.stream();
    expect(() => backup.stream()).toThrow('being made already');
    stream.destroy();
    let next: Readable | undefined;
    await until('the end', () => {
      try {
        next = backup.stream();
        return true;
      } catch {
        return false;
      }
    });
    // Nobody reads the next one yet.
    await sleep(100);
    expect(await backup.last()).toBe(null);
    next?.resume();
    await until('the note', async () => (await backup.last()) !== null);
    expect(await backup.last()).toEqual({ at: NOON, events: 5 });
  });

  test('that nobody reads on gives its connection back', async () => {
    const wide = sampleEvent({ path: `/${'x'.repeat(700)}` });
    for (let i = 0; i < 4; i++) {
      const events = Array.from({ length: 5000 }, (_, n) => ({ ...wide, at: NOON + n, query: `${Math.random()}` }));
      await db.store.transaction(client => storeEvents(client, events));
    }
    const stream = createBackup(db.store, log, () => NOON).stream();
    await new Promise(resolve => stream.once('readable', resolve));
    await sleep(100);
    stream.destroy();
    const open = `SELECT count(*)::int AS open FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'`;
    await until('the end of the transaction', async () => (await db.store.query(open))[0]?.open === 0);
    expect((await make()).length).toBeGreaterThan(1000);
  });
});

describe('restoring', () => {
  test('refuses to replace what is there, unless told so', async () => {
    const packed = await make();
    await restored.query("INSERT INTO sites (site_id) VALUES ('old')");
    await restored.transaction(client => storeEvents(client, [sampleEvent({ at: NOON - 5 * MONTH })]));
    const before = await contents(restored);
    await expect(into(packed)).rejects.toMatchObject({ code: 'not_empty' });
    expect(await contents(restored)).toEqual(before);
    await into(packed, true);
    expect(await contents(restored)).toEqual(await contents(db.store));
  });

  test.each(['', '?application_name=x'])(
    'refuses a database that a server uses, by a DSN that ends in "%s"',
    async end => {
      const packed = await make();
      const { host = '', user, database } = target.connection;
      const connectionString = `postgres://${user}@${encodeURIComponent(host)}/${database}${end}`;
      const server = openStore({ connectionString }, { log });
      const command = openStore({ connectionString, application_name: 'muntra command' }, { log });
      try {
        await server.query('SELECT 1');
        const backup = await Scanner.open(pieces(packed));
        await expect(restore(command, backup, true)).rejects.toMatchObject({ code: 'already_running' });
      } finally {
        await server.close();
        await command.close();
      }
    },
  );

  test('takes no command for a server, whatever the DSN says', async () => {
    const packed = await make();
    const { host = '', user, database } = target.connection;
    const connectionString = `postgres://${user}@${encodeURIComponent(host)}/${database}?application_name=muntra`;
    const other = openStore({ connectionString, application_name: 'muntra command' }, { log });
    try {
      await other.query('SELECT 1');
      await into(packed);
    } finally {
      await other.close();
    }
  });

  test('leaves all as it was when the backup is damaged or cut', async () => {
    const packed = await make();
    const text = await buffer(pieces(packed));
    const at = text.indexOf('Firefox');
    const flipped = Buffer.from(text);
    flipped[at] = 'x'.charCodeAt(0);
    const empty = await contents(restored);
    const broken: Uint8Array[] = [flipped, Buffer.from('nonsense'), Buffer.from('{"backup":"other"}\n')];
    for (let cut = 0; cut < text.length; cut += Math.ceil(text.length / 5)) broken.push(text.subarray(0, cut));
    for (const damaged of broken) {
      await expect(load(Readable.from([damaged]))).rejects.toMatchObject({ code: 'file' });
    }
    expect(await contents(restored)).toEqual(empty);
  });

  test.each([
    ['cancel', 'PostgreSQL was told to end the restore'],
    ['terminate', 'PostgreSQL is not available'],
  ])('tells a session that somebody ended (%s) from a damaged backup', async (how, problem) => {
    const text = await buffer(pieces(await make()));
    const at = text.indexOf('Firefox');
    async function* interrupted(): AsyncGenerator<Buffer> {
      yield text.subarray(0, at);
      await until('the end of the session', async () => {
        const [ended] = await db.store.query(
          `SELECT pg_${how}_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND query LIKE 'COPY %' AND state = 'active'`,
          [target.connection.database],
        );
        return ended !== undefined;
      });
      yield text.subarray(at);
    }
    await expect(load(interrupted())).rejects.toMatchObject({
      code: 'store_unavailable',
      message: expect.stringContaining(problem),
    });
  });

  test('refuses what a newer muntra has written', async () => {
    const text = (await buffer(pieces(await make()))).toString();
    for (const [old, newer] of [
      ['"format":1', '"format":2'],
      ['"table":"sites"', '"table":"planets"'],
      ['"columns":["site_id"', '"columns":["planet"'],
    ] as const) {
      const changed = Readable.from([Buffer.from(text.replace(old, newer))]);
      await expect(load(changed)).rejects.toThrow(/was made by muntra \d/);
    }
  });

  test('reads pieces of any size', async () => {
    const text = await buffer(pieces(await make()));
    for (const size of [1, 7, 1000]) {
      const cut = Array.from({ length: Math.ceil(text.length / size) }, (_, i) =>
        text.subarray(i * size, (i + 1) * size),
      );
      await load(Readable.from(cut), true);
      expect(await contents(restored)).toEqual(await contents(db.store));
    }
  });
});

describe('positions after a restore', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'muntra-backup-'));
  });
  afterEach(() => rm(dir, { recursive: true }));

  const positions = async (store: Store) =>
    Object.fromEntries(
      (await store.query<{ buffer: string; position: string }>('SELECT buffer, position FROM buffer_positions')).map(
        ({ buffer, position }) => [buffer, position],
      ),
    );

  test('are the ones of the backup, and those of buffers that it does not know', async () => {
    const packed = await make();
    await restored.query(`INSERT INTO buffer_positions (buffer, position)
      VALUES ('spool:1', '900'), ('spool:2', '33'), ('import:file', '9'), ('import:other', '3')`);
    await into(packed, true);
    expect(await positions(restored)).toEqual({ 'spool:1': '500', 'spool:2': '33', 'import:file': '7' });
  });

  test('store what the spool still has, once, and nothing twice', async () => {
    const options = { dir: join(dir, 'spool'), maxBytes: 2 ** 26, sync: 'second' as const, log };
    const drops = createDropLedger(() => NOON);
    const common = { drops, batchSize: 10, interval: 0, log, now: () => NOON };
    const spool = await openSpool(options);
    const append = async (...numbers: number[]): Promise<void> => {
      for (const n of numbers) await spool.append(encodeEvent(sampleEvent({ at: NOON + n, path: `/spooled/${n}` })));
    };
    const flusher = createFlusher({ store: db.store, buffers: [spool], ...common });
    await append(1, 2);
    await flusher.flush();
    const packed = await make();
    await append(3, 4);
    await spool.read(null, 1);
    // As a kill leaves it after the next commit, with 3 and 4 not yet trimmed.
    await cp(options.dir, join(dir, 'killed'), { recursive: true });
    await flusher.flush();
    await spool.close();
    await into(packed);
    const reopened = await openSpool({ ...options, dir: join(dir, 'killed') });
    await reopened.append(encodeEvent(sampleEvent({ at: NOON + 5, path: '/spooled/5' })));
    await createFlusher({ store: restored, buffers: [reopened], ...common }).flush();
    await reopened.close();
    const rows = await restored.query<{ path: string }>(
      "SELECT url_path AS path FROM raw_events WHERE url_path LIKE '/spooled/%' ORDER BY 1",
    );
    expect(rows.map(({ path }) => path)).toEqual([1, 2, 3, 4, 5].map(n => `/spooled/${n}`));
  });
});

test('a backup of a database with another order of texts is verified too', async () => {
  const other = await testStore("template0 LOCALE_PROVIDER icu ICU_LOCALE 'en'");
  const place = await mkdtemp(join(tmpdir(), 'muntra-scratch-'));
  await chmod(place, 0o711);
  try {
    await migrate(other.store);
    const sites = ['blog', 'Shop', 'a_b', 'a.b', 'A-b'];
    await other.store.transaction(client =>
      storeEvents(
        client,
        sites.map(site => sampleEvent({ at: NOON, site })),
      ),
    );
    const packed = await buffer(createBackup(other.store, log, () => NOON).stream());
    const verified = await verify(pieces(packed), place, log, never);
    expect(verified.sites.map(({ site }) => site)).toEqual(sites.sort());
  } finally {
    await rm(place, { recursive: true });
    await other.drop();
  }
});

test('verifying restores into a scratch database, compares, and leaves nothing behind', async () => {
  const place = await mkdtemp(join(tmpdir(), 'muntra-scratch-'));
  await chmod(place, 0o711);
  // Rows in the places of others, in a table of parts.
  const row = `INSERT INTO breakdowns_daily (site_id, day, dimension, value, views, visitors)
    SELECT 'mysite', '2025-11-29', (ARRAY['browser', 'os', 'url'])[1 + n % 3], repeat('x', n * 37 % 900) || n, n, n
    FROM generate_series($1::int, $1::int + 2000) n`;
  for (const start of [1, 2001, 4001]) await db.store.query(row, [start]);
  await db.store.query('DELETE FROM breakdowns_daily WHERE views % 3 = 0');
  await db.store.query('VACUUM breakdowns_daily');
  await db.store.query(row, [6001]);
  try {
    const { tables, sites } = await verify(pieces(await make()), place, log, never);
    expect(sites).toEqual([
      { site: 'mysite', events: 5, pageviews: 5, days: 3, first: '2025-10-30', last: '2025-12-31' },
    ]);
    expect(tables).toContainEqual({ table: 'raw_events', rows: 5 });
    expect(await readdir(place)).toEqual([]);
  } finally {
    await rm(place, { recursive: true });
  }
});

test('verifying is ended by an interrupt while it compares, and leaves nothing behind', async () => {
  const place = await mkdtemp(join(tmpdir(), 'muntra-scratch-'));
  await chmod(place, 0o711);
  const text = await buffer(pieces(await make()));
  const interrupt = new AbortController();
  const locked = Promise.withResolvers<void>();
  let other: Client | undefined;
  async function* halves(): AsyncGenerator<Buffer> {
    yield text.subarray(0, text.length / 2);
    const [scratch = ''] = await readdir(place);
    other = new Client({ host: join(place, scratch, 'postgres'), user: 'muntra', database: 'postgres' });
    other.on('error', () => {});
    await other.connect();
    // It waits for the end of the restoring, and the comparison then for it.
    other.query('BEGIN; LOCK TABLE sites').then(() => locked.resolve(), locked.reject);
    await sleep(200);
    yield text.subarray(text.length / 2);
  }
  try {
    const verified = verify(halves(), place, log, interrupt.signal);
    await Promise.race([verified, locked.promise]);
    interrupt.abort(new Error('Ctrl-C'));
    await expect(verified).rejects.toThrow('Ctrl-C');
    expect(await readdir(place)).toEqual([]);
  } finally {
    await other?.end().catch(() => {});
    await rm(place, { recursive: true, force: true });
  }
});
