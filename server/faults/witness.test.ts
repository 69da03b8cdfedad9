/** The witness of the fault tests must itself be beyond doubt: it sees each outcome, and each way of being wrong. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { until } from '../testing/processes.ts';
import { audit } from './audit.ts';
import { startLoad } from './load.ts';

test('the load knows what became of each number', async () => {
  const received: number[] = [];
  const server = createServer((request, response) => {
    request.setEncoding('utf8').on('data', (body: string) => {
      const number = Number(/\/n\/(\d+)"/.exec(body)?.[1]);
      received.push(number);
      if (number % 3 === 0) response.writeHead(204).end();
      else if (number % 3 === 1) response.writeHead(503).end('full');
      else request.socket.destroy();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');

  const load = startLoad({ port: address.port, site: 'numbered', rate: 500 });
  await until('60 requests', () => received.length >= 60);
  const { acknowledged, refused, unanswered } = await load.stop();
  server.close();

  const sent = received.sort((a, b) => a - b);
  expect(sent).toEqual(sent.map((_, i) => i));
  expect(acknowledged.sort((a, b) => a - b)).toEqual(sent.filter(number => number % 3 === 0));
  expect([...refused].sort(([a], [b]) => a - b)).toEqual(sent.filter(number => number % 3 === 1).map(n => [n, 503]));
  expect(unanswered.sort((a, b) => a - b)).toEqual(sent.filter(number => number % 3 === 2));
});

test('the load goes on while nothing listens', async () => {
  const load = startLoad({ port: 1, site: 'numbered', rate: 500 });
  await until('ten numbers', () => load.outcomes.unanswered.length >= 10);
  expect(await load.stop()).toMatchObject({ acknowledged: [], refused: new Map() });
});

test('the audit finds what was lost, doubled, and stored against its word', async () => {
  const outcomes = {
    acknowledged: [0, 1, 2],
    refused: new Map([
      [3, 503],
      [4, 503],
    ]),
    unanswered: [5, 6],
  };
  const stored = { 0: 1, 1: 2, 3: 1, 5: 1 };
  const rows = async () => Object.entries(stored).map(([number, times]) => ({ number: Number(number), times }));
  expect(await audit(outcomes, 'numbered', { rows })).toEqual({
    acknowledged: 3,
    refused: 2,
    unanswered: 2,
    stored: 4,
    lost: [2],
    doubled: [1],
    refusedButStored: [3],
  });
});
