import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError, type PoolConfig } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLogger } from '../log.ts';
import { type TestStore, testStore } from '../testing/postgres.ts';
import { openStore, type Store, type StoreOptions } from './postgres.ts';
import { liftLimit } from './silence.ts';

let db: TestStore;
let lines: string[];
let opened: Store[];
beforeEach(async () => {
  db = await testStore();
  lines = [];
  opened = [];
});
afterEach(async () => {
  await Promise.all(opened.map(store => store.close()));
  await db.drop();
});

function open(connection: PoolConfig = db.connection, max?: number, options: Partial<StoreOptions> = {}): Store {
  const log = createLogger('debug', { write: line => lines.push(line) });
  const store = openStore(connection, { log, ...(max && { max }), ...options });
  opened.push(store);
  return store;
}

const UNAVAILABLE = { code: 'store_unavailable', status: 503, hint: expect.stringMatching(/.{10}/) };
const terminate = (pid: unknown): Promise<unknown> => db.store.query('SELECT pg_terminate_backend($1)', [pid]);
const backend = async (store: Store): Promise<unknown> => (await store.query('SELECT pg_backend_pid() AS pid'))[0]?.pid;

test('rows come back, parameters are bound, the session is in UTC', async () => {
  const sql =
    "SELECT $1::text AS text, current_setting('TimeZone') AS zone, current_setting('statement_timeout') AS timeout";
  expect(await open().query(sql, ["'; DROP TABLE raw_events; --"])).toEqual([
    { text: "'; DROP TABLE raw_events; --", zone: 'UTC', timeout: '1min' },
  ]);
});

test('what we rely on does not depend on what the database is set to', async () => {
  const ours: Record<string, string> = {
    synchronous_commit: 'on',
    default_transaction_isolation: 'read committed',
    DateStyle: 'ISO, MDY',
    extra_float_digits: '1',
    lock_timeout: '0',
    standard_conforming_strings: 'on',
  };
  await db.store.query(`DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database());
    EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation = serializable', current_database());
    EXECUTE format('ALTER DATABASE %I SET DateStyle = German', current_database());
    EXECUTE format('ALTER DATABASE %I SET extra_float_digits = -15', current_database());
    EXECUTE format('ALTER DATABASE %I SET lock_timeout = 1000', current_database());
    EXECUTE format('ALTER DATABASE %I SET standard_conforming_strings = off', current_database());
  END $$`);
  const settings = await open().query<{ name: string; setting: string }>(
    'SELECT name, setting FROM pg_settings WHERE name = ANY ($1)',
    [Object.keys(ours)],
  );
  expect(Object.fromEntries(settings.map(({ name, setting }) => [name, setting]))).toEqual(ours);
});

test('a transaction is stored whole, or not at all with its error passed on', async () => {
  const store = open(db.connection, 1);
  await store.transaction(client => client.query("INSERT INTO sites (site_id) VALUES ('kept')"));
  const undone = store.transaction(async client => {
    await client.query("INSERT INTO sites (site_id) VALUES ('lost')");
    throw new RangeError('enough');
  });
  await expect(undone).rejects.toThrow(RangeError);
  await expect(store.transaction(client => client.query('SELECT nonsense'))).rejects.toThrow(DatabaseError);
  expect(await store.query('SELECT site_id FROM sites')).toEqual([{ site_id: 'kept' }]);
  expect(store.up).toBe(true);
});

test('a connection that comes back inside a transaction is not lent again', async () => {
  const store = open(db.connection, 1);
  const before = await backend(store);
  await store.query('BEGIN');
  expect(await backend(store)).not.toBe(before);
});

test('a server that is away is one error, one log line, and no secret', async () => {
  const store = open({ connectionString: 'postgres://someone:s3cret@127.0.0.1:1/db' });
  const errors = await Promise.all([1, 2, 3].map(() => store.query('SELECT 1').catch(error => error)));
  for (const error of errors) expect(error).toMatchObject(UNAVAILABLE);
  expect(await store.ping()).toBe(false);
  expect(store.up).toBe(false);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('nothing listens there');
  expect(JSON.stringify([lines, errors.map(String), errors.map(({ cause }) => cause)])).not.toMatch(/s3cret|someone/);
});

test('a connection string that cannot be read is an outage without the string', async () => {
  const error = await open({ connectionString: 'postgres://a:s3cret@[/db' })
    .query('SELECT 1')
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject(UNAVAILABLE);
  expect(JSON.stringify([error, String(error), lines])).not.toContain('s3cret');
});

test('a missing database is told with its remedy', async () => {
  const error = await open({ ...db.connection, database: 'nowhere' })
    .query('SELECT 1')
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ ...UNAVAILABLE, message: expect.stringContaining('does not exist') });
});

test('a session that ends in the middle of a statement is an outage, and the next one works', async () => {
  const store = open(db.connection, 1);
  const pid = await backend(store);
  const long = store.query('SELECT pg_sleep(20)').catch((error: unknown) => error);
  await sleep(50);
  await terminate(pid);
  expect(await long).toMatchObject(UNAVAILABLE);
  expect(store.up).toBe(false);
  expect(await store.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect(lines.map(line => JSON.parse(line).msg)).toEqual([
    'PostgreSQL is up',
    expect.stringContaining('PostgreSQL is not available'),
    'PostgreSQL is up',
  ]);
});

test('a transaction whose session ends is an outage, whatever the work made of it', async () => {
  const store = open(db.connection, 1);
  const work = store.transaction(async client => {
    const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
    await terminate(rows[0].pid);
    await client.query('SELECT 1').catch(() => {});
    throw new Error('something else');
  });
  await expect(work).rejects.toMatchObject(UNAVAILABLE);
});

test('a session that ends while idle goes unnoticed', async () => {
  const store = open(db.connection, 1);
  await terminate(await backend(store));
  await sleep(50);
  expect(await store.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect(lines).toHaveLength(1);
});

test('only so many may wait for a connection', async () => {
  const store = open(db.connection, 1);
  const asked = Array.from({ length: 300 }, () =>
    store.query('SELECT pg_sleep(0.001)').then(
      () => 'done',
      error => error,
    ),
  );
  const answers = await Promise.all(asked);
  const refused = answers.filter(answer => answer !== 'done');
  expect(refused).toHaveLength(300 - 256 - 1);
  expect(refused[0]).toMatchObject({ ...UNAVAILABLE, message: expect.stringContaining('busy') });
  expect(store.up).toBe(true);
});

test('ping does not wait for a server that hangs', async () => {
  const store = open(db.connection, 1);
  const pid = Number(await backend(store));
  process.kill(pid, 'SIGSTOP');
  try {
    expect(await store.ping()).toBe(false);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  expect(await store.ping()).toBe(true);
});

test.each([
  ['a question', (store: Store) => store.query('SELECT 1')],
  ['a transaction', (store: Store) => store.transaction(client => client.query('SELECT 1'))],
])('%s does not wait for ever for a server that hangs', async (_, ask) => {
  const store = open(db.connection, 1, { silence: 200 });
  const pid = Number(await backend(store));
  process.kill(pid, 'SIGSTOP');
  try {
    const away = { ...UNAVAILABLE, message: expect.stringContaining('does not answer') };
    await expect(ask(store)).rejects.toMatchObject(away);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  expect(await ask(store)).toBeDefined();
});

test('work that has lifted the limit may take longer, and nothing after it', async () => {
  const store = open(db.connection, 1, { silence: 200 });
  await store.transaction(async client => {
    await liftLimit(client);
    await client.query('SELECT pg_sleep(0.6)');
  });
  await expect(store.query('SELECT pg_sleep(1)')).rejects.toMatchObject(UNAVAILABLE);
});
