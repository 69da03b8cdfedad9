/**
 * A process of its own that loads `/collect` in a closed loop: each connection sends its next request when it has its
 * answer. Raw sockets, because an HTTP client costs more than the server under test. Prints one JSON line.
 */
import { connect } from 'node:net';
import { traffic } from './traffic.ts';

export interface LoadPlan {
  port: number;
  site: string;
  connections: number;
  /** Ends after so many seconds, or after so many requests, whichever comes first. */
  seconds?: number;
  requests?: number;
}

export interface LoadReport {
  requests: number;
  seconds: number;
  /** Answers other than 204. */
  refused: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  max: number;
}

/** Latencies in buckets of 10 us up to a second. */
const BUCKETS = 100_000;
const BUCKET_MS = 0.01;

function run(plan: LoadPlan): Promise<LoadReport> {
  const { promise, resolve, reject } = Promise.withResolvers<LoadReport>();
  const next = traffic(plan.site);
  const latencies = new Uint32Array(BUCKETS);
  const started = performance.now();
  const deadline = started + (plan.seconds ?? Number.POSITIVE_INFINITY) * 1000;
  let left = plan.requests ?? Number.POSITIVE_INFINITY;
  let open = plan.connections;
  let requests = 0;
  let refused = 0;

  function finish(): void {
    const seconds = (performance.now() - started) / 1000;
    const at = (share: number): number => percentile(latencies, requests * share);
    resolve({ requests, seconds, refused, p50: at(0.5), p99: at(0.99), max: at(1) });
  }

  function loop(): void {
    const socket = connect(plan.port, '127.0.0.1');
    let sent = 0;
    let head = '';
    const send = (): void => {
      sent = performance.now();
      if (sent > deadline || left <= 0) {
        socket.destroy();
        if (--open === 0) finish();
        return;
      }
      left--;
      socket.write(next(), 'latin1');
    };
    socket.setNoDelay(true);
    socket.on('connect', send);
    socket.on('error', reject);
    socket.on('end', () => reject(new Error('the server closed a connection')));
    socket.on('data', chunk => {
      head += chunk.toString('latin1');
      // 204 has no body; another answer is told by its first packet.
      if (head.startsWith('HTTP/1.1 204') && !head.endsWith('\r\n\r\n')) return;
      if (!head.startsWith('HTTP/1.1 204')) refused++;
      head = '';
      requests++;
      const bucket = Math.min(BUCKETS - 1, Math.floor((performance.now() - sent) / BUCKET_MS));
      latencies[bucket] = (latencies[bucket] ?? 0) + 1;
      send();
    });
  }

  for (let i = 0; i < plan.connections; i++) loop();
  return promise;
}

/** Milliseconds within which `count` of the requests were answered. */
function percentile(latencies: Uint32Array, count: number): number {
  let seen = 0;
  const bucket = latencies.findIndex(amount => {
    seen += amount;
    return seen >= count;
  });
  return (bucket + 1) * BUCKET_MS;
}

if (import.meta.main) {
  const plan = JSON.parse(process.argv[2] ?? '') as LoadPlan;
  process.stdout.write(`${JSON.stringify(await run(plan))}\n`);
}
