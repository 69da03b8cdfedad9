/** A real server, with the heap that it has in earnest, and clients who want to fill it. */
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Muntra, startMuntra } from '../testing/muntra.ts';
import { openProcesses, type Processes } from '../testing/processes.ts';

const CLIENTS = 600;
const HEADERS = Array.from({ length: 90 }, (_, i) => `X-Header-${i}: ${'v'.repeat(150)}\r\n`).join('');
const BEGIN = `POST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: 8000\r\n${HEADERS}`;

let processes: Processes;
let muntra: Muntra;
beforeAll(async () => {
  processes = openProcesses();
  muntra = await startMuntra(processes);
});
afterAll(() => processes.close());

test.each([
  ['send the largest headers, and no end of them', BEGIN],
  ['send the largest headers, and a body that never comes', `${BEGIN}\r\n{`],
  ['ask a thousand times and do not read', 'GET /api/openapi.json HTTP/1.1\r\nHost:a\r\n\r\n'.repeat(1000)],
])('outlives %s', { timeout: 30_000 }, async (_, text) => {
  const sockets: Socket[] = [];
  for (let i = 0; i < CLIENTS; i++) {
    const socket = connect(muntra.port, '127.0.0.1').on('error', () => {});
    socket.pause();
    socket.write(text);
    sockets.push(socket);
    if (i % 50 === 0) await pause(10);
  }
  await pause(300);
  const answer = await fetch(`http://127.0.0.1:${muntra.port}/health`);
  for (const socket of sockets) socket.destroy();
  expect(answer.status).toBe(200);
  expect(muntra.running).toBe(true);
});
