import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type TestHttpServer, testHttpServer } from '../testing/http.ts';
import { type TestStore, testStore } from '../testing/postgres.ts';
import { until } from '../testing/processes.ts';
import { openSocket, restOf } from '../testing/sockets.ts';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0';
let database: TestStore;
let http: TestHttpServer;

beforeAll(async () => {
  database = await testStore();
  await database.store.query(`INSERT INTO sites (site_id) VALUES ('mysite')`);
});
beforeEach(async () => {
  http = await testHttpServer(database.store);
});
afterEach(() => http.close());
afterAll(() => database.drop());

const open = () => openSocket(http.port);

/** What the server sends until it closes the connection. */
async function talk(text: string | Buffer): Promise<string> {
  const socket = await open();
  socket.write(text);
  return restOf(socket);
}

const post = (body: string, more = '') =>
  `POST /collect HTTP/1.1\r\nHost: a\r\nUser-Agent: ${FIREFOX}\r\nContent-Length: ${body.length}\r\n${more}\r\n${body}`;
const HIT = '{"site_id":"mysite","url":"https://example.com/"}';
const alive = async () => expect((await fetch(`${http.url}/health`)).status).toBe(200);

describe('what is no HTTP gets a 400', () => {
  test.each([
    ['noise', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['text', 'hello\r\n\r\n'],
    ['another protocol', 'GET / HTTP/9.9\r\n\r\n'],
    ['no host', 'GET /health HTTP/1.1\r\n\r\n'],
    ['a bad length', 'POST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n'],
    ['two lengths', 'POST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    [
      'length and chunks',
      'POST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\na',
    ],
    ['a bad chunk', 'POST /collect HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
    ['a NUL in a header', 'GET /health HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n'],
    ['an unknown method', 'BREW /health HTTP/1.1\r\nHost: a\r\n\r\n'],
  ])('%s', async (_, text) => {
    const answer = await talk(Buffer.from(text, 'latin1'));
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    await alive();
  });

  test('as JSON', async () => {
    const answer = await talk('hello\r\n\r\n');
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toEqual({
      error: { code: 'bad_request', message: 'this is not HTTP', hint: expect.any(String) },
    });
  });
});

test.each([
  ['headers', `GET /health HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(17_000)}\r\n\r\n`],
  ['a URL', `GET /health?${'x'.repeat(17_000)} HTTP/1.1\r\nHost: a\r\n\r\n`],
  ['a name of a header', `GET /health HTTP/1.1\r\nHost: a\r\n${'x'.repeat(17_000)}: x\r\n\r\n`],
])('too many bytes of %s are a 431', async (_, text) => {
  expect(await talk(text)).toMatch(/^HTTP\/1\.1 431 /);
});

test('too many headers are a 431, so that none is left out that a proxy added', async () => {
  const many = Array.from({ length: 100 }, (_, i) => `A${i}: x\r\n`).join('');
  const answer = await talk(`GET /metrics HTTP/1.1\r\nHost: a\r\n${many}X-Forwarded-For: 203.0.113.1\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 431 /);
});

test('a body that ends too early leaves nothing', async () => {
  const socket = await open();
  socket.write(post(HIT).slice(0, -5));
  await sleep(50);
  socket.destroy();
  await sleep(50);
  expect(http.events).toEqual([]);
  await alive();
});

test('requests in a row on one connection are answered in order', async () => {
  const answer = await talk(post(HIT) + post('{') + post(HIT, 'Connection: close\r\n'));
  expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 204', 'HTTP/1.1 400', 'HTTP/1.1 204']);
  expect(http.events.length).toBe(2);
});

test('bytes above ASCII in Origin and user agent come back as they came', async () => {
  const head = `POST /collect HTTP/1.1\r\nHost: a\r\nOrigin: https://\xe9\xff\r\nUser-Agent: ${FIREFOX} \xe9\r\n`;
  const answer = await talk(
    Buffer.from(`${head}Content-Length: ${HIT.length}\r\nConnection: close\r\n\r\n${HIT}`, 'latin1'),
  );
  expect(answer).toMatch(/^HTTP\/1\.1 204/);
  expect(answer).toContain('Access-Control-Allow-Origin: https://\xe9\xff\r\n');
});

test('a script of the HTTP/1.0 kind is served too', async () => {
  expect(await talk('GET /health HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
});

const HEALTH = 'GET /health HTTP/1.1\r\nHost: a\r\n\r\n';

async function answered(): Promise<Socket> {
  const socket = await open();
  socket.write(HEALTH);
  await once(socket, 'data');
  return socket;
}

test('when all connections are taken, the one that had its answer first makes room', async () => {
  const sockets: Socket[] = [];
  for (let i = 0; i < 256; i++) sockets.push(await answered());
  const [first, second, third] = sockets;
  const closed = [second, third].map(socket => socket && once(socket, 'close'));
  first?.write(HEALTH);
  if (first) await once(first, 'data');
  sockets.push(await answered(), await answered());
  await Promise.all(closed);
  expect(sockets.filter(socket => !socket.closed)).toHaveLength(256);
  for (const socket of sockets) socket.destroy();
});

test('many who come at once are not more', async () => {
  const sockets = await Promise.all(Array.from({ length: 400 }, open));
  await answered();
  await until('the end of those who are too many', () => sockets.filter(socket => !socket.closed).length < 256);
  await alive();
  for (const socket of sockets) socket.destroy();
});

test('when all of them send, the one that began first makes room', async () => {
  let asked = 0;
  http.server.on('request', () => asked++);
  const sending = await Promise.all(Array.from({ length: 256 }, open));
  for (const socket of sending) socket.write('POST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n');
  await until('their requests', () => asked === 256);
  (await answered()).destroy();
  expect(sending.filter(socket => socket.closed)).toHaveLength(1);
  for (const socket of sending) socket.destroy();
});

test.each(['Content-Length: 10', 'Transfer-Encoding: chunked'])(
  'who waits for an answer has it, however many send %s slowly',
  async length => {
    await http.close();
    const { promise, resolve } = Promise.withResolvers<void>();
    const ready = () => promise.then(() => ({ store: true, buffer: true }));
    http = await testHttpServer(database.store, { ready });
    let asked = 0;
    http.server.on('request', () => asked++);
    const waiting = await open();
    waiting.write('GET /ready HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    const answer = restOf(waiting);
    await until('the question', () => asked === 1);
    const sending = await Promise.all(Array.from({ length: 255 }, open));
    for (const socket of sending) socket.write(`POST /collect HTTP/1.1\r\nHost: a\r\n${length}\r\n\r\n`);
    await until('their requests', () => asked === 256);
    (await answered()).destroy();
    resolve();
    expect(await answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    for (const socket of sending) socket.destroy();
  },
);

test('requests that do not wait for their answers are few, or the connection is closed', async () => {
  const few = await talk(`${HEALTH.repeat(15)}GET /health HTTP/1.0\r\n\r\n`);
  expect(few.match(/HTTP\/1\.1 200/g)).toHaveLength(16);
  const many = await talk(`${'GET /ready HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(100)}GET /health HTTP/1.0\r\n\r\n`);
  expect(many.match(/HTTP\/1\.1 200/g) ?? []).toEqual([]);
  await alive();
});

test('who does not read his answer is cut off', async () => {
  await http.close();
  const pages = [{ path: '/large', type: 'text/plain', body: 'x'.repeat(2 ** 24) }];
  http = await testHttpServer(database.store, { pages });
  const connected = once(http.server, 'connection') as Promise<[Socket]>;
  const client = (await open()).pause();
  const [socket] = await connected;
  client.write('GET /large HTTP/1.1\r\nHost: a\r\n\r\n');
  await until('an answer', () => socket.timeout === 30_000 && socket.writableLength > 0);
  socket.setTimeout(50);
  await once(socket, 'close');
  client.destroy();
});
