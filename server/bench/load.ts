/**
 * A process of its own that loads `/collect`. In a closed loop each connection sends its next request when it has its
 * answer. In an open loop requests are due at a steady rate, and each one's latency counts from the moment when it was due:
 * what a slow answer keeps waiting is told too. (A moment is found by a timer of 1 ms, which is in the latencies.)
 * Raw sockets, because an HTTP client costs more than the server under test. Prints a line of JSON for each report.
 */
import { connect } from 'node:net';
import { traffic } from './traffic.ts';

export interface LoadPlan {
  port: number;
  site: string;
  /** Names as long as `site`: each visitor is on one of them instead. */
  sites?: string[];
  connections: number;
  /** Requests a second; default: a closed loop. */
  rate?: number;
  /** Ends after so many seconds, or after so many requests, whichever comes first. */
  seconds?: number;
  requests?: number;
  /** Reports each so many seconds; default: once, at the end. */
  every?: number;
}

/** Of the time since the report before. */
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

/** Latencies in buckets of 10 us up to ten seconds. */
const BUCKETS = 1_000_000;
const BUCKET_MS = 0.01;

function run(plan: LoadPlan, tell: (report: LoadReport) => void): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const next = requestsOf(plan);
  const latencies = new Uint32Array(BUCKETS);
  const started = performance.now();
  const deadline = started + (plan.seconds ?? Number.POSITIVE_INFINITY) * 1000;
  const timers: NodeJS.Timeout[] = [];
  /** What connections wait to do until the next request is due. */
  const idle: (() => void)[] = [];
  let taken = 0;
  let left = plan.requests ?? Number.POSITIVE_INFINITY;
  let open = plan.connections;
  let since = started;
  let requests = 0;
  let refused = 0;

  function report(): void {
    const now = performance.now();
    const at = (share: number): number => percentile(latencies, requests * share);
    tell({ requests, seconds: (now - since) / 1000, refused, p50: at(0.5), p99: at(0.99), max: at(1) });
    latencies.fill(0);
    since = now;
    requests = refused = 0;
  }

  function finish(): void {
    for (const timer of timers) clearInterval(timer);
    if (!plan.every) report();
    resolve();
  }

  function loop(): void {
    const socket = connect(plan.port, '127.0.0.1');
    let sent = 0;
    let head = '';
    const send = (): void => {
      const now = performance.now();
      if (now > deadline || left <= 0) {
        socket.destroy();
        if (--open === 0) finish();
        return;
      }
      const due = plan.rate ? started + (taken * 1000) / plan.rate : now;
      if (due > now) {
        idle.push(send);
        return;
      }
      sent = due;
      taken++;
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
  if (plan.rate)
    timers.push(
      setInterval(() => {
        for (const send of idle.splice(0)) send();
      }, 1),
    );
  if (plan.every) timers.push(setInterval(report, plan.every * 1000));
  return promise;
}

function requestsOf({ site, sites }: LoadPlan): () => string {
  const next = traffic(site);
  if (!sites) return next;
  return () => {
    const request = next();
    const [, byte] = /X-Forwarded-For: [\d.]+\.(\d+)/.exec(request) ?? [];
    return request.replace(site, sites[Number(byte) % sites.length] ?? site);
  };
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
  await run(plan, report => process.stdout.write(`${JSON.stringify(report)}\n`));
}
