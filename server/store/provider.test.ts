import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLogger } from '../log.ts';
import { type TestStore, testStore } from '../testing/postgres.ts';
import { freePort, until } from '../testing/processes.ts';
import { lockSchema } from './migrations.ts';
import { openProvider, type Provider } from './provider.ts';

let db: TestStore;
let lines: string[];
let provider: Provider | undefined;
beforeEach(async () => {
  db = await testStore('template0');
  lines = [];
});
afterEach(async () => {
  await provider?.close();
  provider = undefined;
  await db.drop();
});

const dsnOf = ({ connection: { host = '', user, database } }: TestStore): string =>
  `postgres://${user}@${encodeURIComponent(host)}:5432/${database}`;

async function open(postgresDsn: string): Promise<Provider> {
  const log = createLogger('info', { write: line => lines.push(line) });
  provider = await openProvider({ postgresDsn }, '/nowhere', log);
  return provider;
}

const NOT_READY = { code: 'store_unavailable', message: 'The database is not ready yet' };
const COUNT = 'SELECT count(*)::int AS n FROM sites';

test('your PostgreSQL is migrated when the start goes on', async () => {
  const { store } = await open(dsnOf(db));
  expect(await store.query(COUNT)).toEqual([{ n: 0 }]);
  expect(store.up).toBe(true);
});

test('a migration that takes long is not waited for; until it is done the store is away', async () => {
  const { store } = await db.store.transaction(async client => {
    await lockSchema(client);
    const opened = await open(dsnOf(db));
    await expect(opened.store.query(COUNT)).rejects.toMatchObject(NOT_READY);
    await expect(opened.store.transaction(async () => {})).rejects.toMatchObject(NOT_READY);
    expect([opened.store.up, await opened.store.ping()]).toEqual([false, false]);
    return opened;
  });
  await until('the migration', () => store.ping());
  expect(await store.query(COUNT)).toEqual([{ n: 0 }]);
});

test('a migration that is cancelled, as by a deadlock, is tried again', async () => {
  const waits = `SELECT pid FROM pg_stat_activity
    WHERE wait_event_type = 'Lock' AND application_name = 'muntra' AND datname = current_database()`;
  const { store } = await db.store.transaction(async client => {
    await lockSchema(client);
    const opened = await open(dsnOf(db));
    const [waiting] = await db.store.query(waits);
    await db.store.query('SELECT pg_cancel_backend($1)', [waiting?.pid]);
    await until('the next try', () => Promise.resolve(lines.some(line => line.includes('tried again'))));
    return opened;
  });
  await until('the migration', () => store.ping());
  expect(await store.query(COUNT)).toEqual([{ n: 0 }]);
});

test('a PostgreSQL that is away at the start is migrated when it comes', async () => {
  const port = await freePort();
  const { store } = await open(`postgres://muntra@127.0.0.1:${port}/${db.connection.database}`);
  const away = { code: 'store_unavailable', message: expect.stringContaining('nothing listens there') };
  await expect(store.query(COUNT)).rejects.toMatchObject(away);
  const proxy = forward(port, join(db.connection.host ?? '', '.s.PGSQL.5432'));
  try {
    await until('the migration', () => store.ping());
    expect(await store.query(COUNT)).toEqual([{ n: 0 }]);
  } finally {
    await provider?.close();
    provider = undefined;
    proxy.close();
  }
});

test.each(['sslrootcert', 'sslcert', 'sslkey'])('a wrong path of %s is told as what it is', async name => {
  const wrong = {
    code: 'config_invalid',
    message: `MUNTRA_POSTGRES_DSN: ${name}=/nowhere/file.pem cannot be read (ENOENT)`,
  };
  await expect(open(`${dsnOf(db)}?${name}=%2Fnowhere/file.pem`)).rejects.toMatchObject(wrong);
});

test('a database that cannot be migrated stops the start, and the file is named', async () => {
  await db.store.query('CREATE VIEW sites AS SELECT 1 AS one');
  const refused = { code: 'store_start', message: expect.stringContaining('schema/0001_init.sql') };
  await expect(open(dsnOf(db))).rejects.toMatchObject(refused);
});

function forward(port: number, path: string): Server {
  const pass = (from: Socket, to: Socket): void => void from.on('error', () => to.destroy()).pipe(to);
  return createServer(client => {
    const server = connect(path);
    pass(client, server);
    pass(server, client);
  }).listen(port, '127.0.0.1');
}
