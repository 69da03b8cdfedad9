import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listen, stopListening } from './listen.ts';

let server: Server;
beforeEach(() => {
  server = createServer((request, response) => {
    if (request.url !== '/never') response.end('here');
  });
});
afterEach(() => stopListening(server));

describe('listen', () => {
  test.each([
    ['127.0.0.1', /^http:\/\/127\.0\.0\.1:\d+$/],
    ['', /^http:\/\/localhost:\d+$/],
    ['0.0.0.0', /^http:\/\/localhost:\d+$/],
  ])('on %j tells a URL that answers', async (host, pattern) => {
    const url = await listen(server, { host, port: 0 });
    expect(url).toMatch(pattern);
    expect(await (await fetch(url)).text()).toBe('here');
  });

  test('on a port that is taken is an error with a remedy', async () => {
    const port = Number(new URL(await listen(server, { host: '127.0.0.1', port: 0 })).port);
    await expect(listen(createServer(), { host: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'address_in_use',
      message: `127.0.0.1:${port} is in use`,
      hint: expect.stringContaining('MUNTRA_HTTP_ADDR'),
    });
  });

  test('on an address of another machine too', async () => {
    await expect(listen(server, { host: '192.0.2.1', port: 0 })).rejects.toMatchObject({ code: 'address_in_use' });
  });
});

describe('stopListening', () => {
  test('closes idle connections at once', async () => {
    const url = await listen(server, { host: '127.0.0.1', port: 0 });
    await (await fetch(url)).text();
    const started = performance.now();
    await stopListening(server);
    expect(performance.now() - started).toBeLessThan(500);
  });

  test('gives requests in work a moment, and no more', async () => {
    const url = await listen(server, { host: '127.0.0.1', port: 0 });
    const socket = connect(Number(new URL(url).port), '127.0.0.1').resume();
    socket.on('error', () => {});
    socket.write('GET /never HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(server, 'request');
    const started = performance.now();
    await stopListening(server);
    expect(performance.now() - started).toBeGreaterThan(1500);
    expect(performance.now() - started).toBeLessThan(4000);
  });
});
