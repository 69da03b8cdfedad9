/** What becomes of a server that does not answer as it should: a real HTTP server that misbehaves on purpose. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { MuntraError } from '../server/errors.ts';
import { type Client, createClient } from './client.ts';
import { Interrupted } from './world.ts';

let server: Server | undefined;

afterEach(async () => {
  server?.closeAllConnections();
  if (server?.listening) await once(server.close(), 'close');
  server = undefined;
});

async function serve(listener: RequestListener, path = ''): Promise<string> {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}${path}`;
}

function clientOf(url: string, signal = new AbortController().signal, token = 'token'): Client {
  return createClient(connectionTo(url, token), signal);
}

const connectionTo = (url: string, token = 'token') => ({
  url,
  token,
  tokenPlace: '/data/muntra.env',
  publicUrl: '',
  local: false,
});

async function failure(work: Promise<unknown>): Promise<MuntraError> {
  const error = await work.catch(thrown => thrown);
  if (!(error instanceof MuntraError)) throw new Error(`no MuntraError: ${error}`);
  return error;
}

describe('a request', () => {
  it('goes below the path of the server, with the token and every filter', async () => {
    const seen: unknown[] = [];
    const url = await serve(({ url, headers }, response) => {
      seen.push(url, headers.authorization);
      response.end('{"active":3}');
    }, '/muntra');
    const answer = await clientOf(url).live('my site', ['url:is:/a&b', 'country:is:SE']);
    expect(answer).toEqual({ active: 3 });
    expect(seen).toEqual([
      '/muntra/api/live?site=my+site&filter=url%3Ais%3A%2Fa%26b&filter=country%3Ais%3ASE',
      'Bearer token',
    ]);
  });

  it('carries no empty token', async () => {
    const seen: unknown[] = [];
    const url = await serve(({ headers }, response) => {
      seen.push(headers.authorization);
      response.end('[]');
    });
    await clientOf(url, undefined, '').sites();
    expect(seen).toEqual([undefined]);
  });

  it('waits for what takes its time, and not for ever for a report', async () => {
    const url = await serve((_, response) => void setTimeout(() => response.end('{"days":1}'), 1000));
    const interrupt = new AbortController();
    const client = createClient(connectionTo(url), interrupt.signal, 300);
    const [rebuilt, listed] = await Promise.all([client.rollup(true), failure(client.sites())]);
    expect(rebuilt).toEqual({ days: 1 });
    expect(listed.message).toBe(`No answer in time from ${url}`);
    const works = [client.usage(), client.prune(), client.prunePlan(), client.removeSite('a'), client.flush()];
    expect(await Promise.all(works)).toHaveLength(works.length);
    expect(await Array.fromAsync(client.download('POST', 'backup'))).toHaveLength(1);
  });

  it('stops when it is interrupted', async () => {
    const interrupt = new AbortController();
    const url = await serve(() => interrupt.abort(new Interrupted('SIGINT')));
    await expect(clientOf(url, interrupt.signal).sites()).rejects.toBeInstanceOf(Interrupted);
  });
});

describe('an error', () => {
  const answering = (status: number, body: string): Promise<string> =>
    serve((_, response) => void response.writeHead(status).end(body));

  it('of the server keeps its code, message and hint', async () => {
    const url = await answering(503, '{"error":{"code":"store_unavailable","message":"away","hint":"wait"}}');
    expect(await failure(clientOf(url).sites())).toMatchObject({
      code: 'store_unavailable',
      message: 'away',
      hint: 'wait',
      exitCode: 6,
    });
  });

  it('with a code of another version counts as internal', async () => {
    const url = await answering(418, '{"error":{"code":"constructor","message":"m","hint":"h"}}');
    expect(await failure(clientOf(url).sites())).toMatchObject({ code: 'internal', message: 'm' });
  });

  it('about the token says where the token came from, and never what it is', async () => {
    const url = await answering(401, '{"error":{"code":"unauthorized","message":"m","hint":"h"}}');
    const { hint } = await failure(clientOf(url, undefined, 'secret-of-mine').sites());
    expect(hint).toContain('/data/muntra.env');
    expect(hint).not.toContain('secret-of-mine');
  });

  it.each([
    [502, '<html>Bad Gateway</html>'],
    [200, '<html>Welcome</html>'],
    [404, '{"error":"not found"}'],
    [500, 'null'],
    [500, '{"error":null}'],
  ])('%i %s is not taken for an answer of Muntra', async (status, body) => {
    const error = await failure(clientOf(await answering(status, body)).sites());
    expect(error).toMatchObject({ code: 'server_unreachable', exitCode: 3 });
    expect(error.message).toContain(`answered ${status}`);
  });

  it('tells a broken connection, and a host or a port where nothing is', async () => {
    const broken = await serve(request => request.socket.destroy());
    expect((await failure(clientOf(broken).sites())).message).toContain('No answer from');
    expect((await failure(clientOf('http://127.0.0.1:1').sites())).message).toContain('Nothing listens at');
    expect((await failure(clientOf('http://muntra.invalid').sites())).message).toContain('There is no host for');
  });

  it('is an answer without end', async () => {
    const url = await serve((_, response) => {
      const chunk = ' '.repeat(2 ** 20);
      const pour = () => {
        while (response.write(chunk));
        response.once('drain', pour);
      };
      pour();
    });
    expect((await failure(clientOf(url).sites())).code).toBe('server_unreachable');
  });
});
