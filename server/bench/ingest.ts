/**
 * The way of an event under full load: `/collect` beside a bare node:http handler, CPU per event of every process, memory
 * over a million events, the flush from a full buffer, and disk. Everything it needs it starts itself.
 */
import { join, resolve } from 'node:path';
import type { FlushAnswer } from '../contract/system.ts';
import { type Muntra, startMuntra } from '../testing/muntra.ts';
import { freePort, type Process, type Processes, until } from '../testing/processes.ts';
import { startPostgres, startRedis } from '../testing/service.ts';
import type { LoadPlan, LoadReport } from './load.ts';
import { type MemorySeries, watchMemory } from './memory.ts';
import { cpuOf, cpuOfFamily, type Memory, memoryOf } from './proc.ts';

export type Mode = 'embedded' | 'services';

export function isMode(mode: string): mode is Mode {
  return mode === 'embedded' || mode === 'services';
}

export interface IngestPlan {
  mode: Mode;
  seconds: number;
  /** Through the server after the timed run. */
  events: number;
  /** In the buffer before the timed flush. */
  waiting: number;
  /** Path of another `muntra` than this checkout's, such as the packaged executable. */
  program?: string;
}

export interface IngestReport {
  mode: Mode;
  /** The turn with the median of `share`. */
  bare: LoadReport;
  bareMemory: Memory;
  muntra: LoadReport;
  /** Of the requests a second of each turn of muntra, and of bare just before it; ascending. */
  shares: number[];
  /** CPU milliseconds per event, until the last one is stored. */
  cpu: { muntra: number; redis: number; postgres: number };
  memory: MemorySeries;
  /** The median of several from a full buffer. */
  flush: FlushAnswer;
  /** Bytes per event. */
  disk: { table: number; indexes: number };
}

const SITE = 'bench';
export const CONNECTIONS = 32;

/** Seconds. V8 compiles the last of the functions after some 100,000 requests, and a server runs for months. */
const WARM_UP = 10;

/** Of bare and muntra, one after the other: the speed of a rented machine changes by half within a minute. */
const TURNS = 5;

/** After one that does not count: a server that has just started has not compiled the way of the flush yet. */
const FLUSHES = 3;

/** `say` is told what happens now. */
export async function benchIngest(
  processes: Processes,
  { mode, seconds, events, waiting, program }: IngestPlan,
  say: (text: string) => void,
): Promise<IngestReport> {
  const services = await startServices(processes, mode);
  const launcher = program && { launcher: resolve(program) };
  const muntra = await startMuntra(processes, { env: services.env, ...launcher });
  await muntra.api('POST', '/api/sites', { id: SITE, origins: ['example.com'] });
  const postmaster = services.postgres ?? muntra.postmaster();
  const load = (plan: Partial<LoadPlan>): Promise<LoadReport> =>
    runLoad(processes, { port: muntra.port, site: SITE, connections: CONNECTIONS, ...plan });
  const { pid, port } = await startBare(processes);

  say(`${mode}: warming up`);
  await load({ port, seconds: WARM_UP });
  await load({ seconds: WARM_UP });
  await muntra.api('POST', '/api/flush');

  say(`${mode}: bare node:http and muntra in turn, each for ${seconds} s`);
  const cpu = (): number[] => [cpuOf(muntra.pid), services.redis ? cpuOf(services.redis) : 0, cpuOfFamily(postmaster)];
  const before = cpu();
  const turns: Turn[] = [];
  for (let i = 0; i < TURNS; i++) {
    turns.push({
      bare: await load({ port, seconds: seconds / TURNS }),
      muntra: await load({ seconds: seconds / TURNS }),
    });
  }
  await muntra.api('POST', '/api/flush');
  const requests = turns.reduce((sum, turn) => sum + turn.muntra.requests, 0);
  const [own = 0, redis = 0, postgres = 0] = cpu().map((after, i) => (after - (before[i] ?? 0)) / requests);
  const bareMemory = memoryOf(pid);

  say(`${mode}: ${events} events through`);
  const memory = watchMemory(muntra.pid, postmaster);
  await load({ requests: events });
  await muntra.api('POST', '/api/flush');
  const series = memory.stop();
  const disk = await diskPerEvent(muntra);

  say(`${mode}: ${waiting} events into the buffer, then a flush, ${1 + FLUSHES} times`);
  await muntra.stop();
  const idle = await startMuntra(processes, {
    port: muntra.port,
    dataDir: muntra.dataDir,
    env: { ...services.env, MUNTRA_FLUSH_INTERVAL: '0' },
    ...launcher,
  });
  const flushes: FlushAnswer[] = [];
  for (let i = 0; i < 1 + FLUSHES; i++) {
    await load({ requests: waiting });
    flushes.push(await idle.api<FlushAnswer>('POST', '/api/flush'));
  }
  return {
    ...{ mode, ...medianTurn(turns), bareMemory, shares: turns.map(shareOf).sort((a, b) => a - b) },
    ...{ cpu: { muntra: own, redis, postgres }, memory: series, flush: medianFlush(flushes.slice(1)), disk },
  };
}

interface Turn {
  bare: LoadReport;
  muntra: LoadReport;
}

const shareOf = ({ bare, muntra }: Turn): number => muntra.requests / muntra.seconds / (bare.requests / bare.seconds);

function medianTurn(turns: Turn[]): Turn {
  const median = turns.toSorted((a, b) => shareOf(a) - shareOf(b))[turns.length >> 1];
  if (!median) throw new Error('there was no turn');
  return median;
}

function medianFlush(flushes: FlushAnswer[]): FlushAnswer {
  const median = flushes.toSorted((a, b) => a.events / a.seconds - b.events / b.seconds)[flushes.length >> 1];
  if (!median) throw new Error('there was no flush');
  return median;
}

export interface Services {
  env: Record<string, string>;
  redis?: number;
  postgres?: number;
}

export async function startServices(processes: Processes, mode: Mode): Promise<Services> {
  if (mode === 'embedded') return { env: {} };
  const redis = await startRedis(processes);
  const postgres = await startPostgres(processes);
  const env = { MUNTRA_REDIS_URL: redis.url, MUNTRA_POSTGRES_DSN: postgres.url };
  return { env, redis: redis.process.pid, postgres: postgres.process.pid };
}

async function startBare(processes: Processes): Promise<{ pid: number; port: number }> {
  const port = await freePort();
  const bare = processes.start(process.execPath, [join(import.meta.dirname, 'bare.ts'), String(port)]);
  await until('the start of the bare server', () => bare.output().includes('ready'));
  return { pid: bare.pid, port };
}

export function startLoad(processes: Processes, plan: LoadPlan): Process {
  return processes.start(process.execPath, [join(import.meta.dirname, 'load.ts'), JSON.stringify(plan)]);
}

export async function runLoad(processes: Processes, plan: LoadPlan): Promise<LoadReport> {
  const load = startLoad(processes, plan);
  if ((await load.exited) !== 0) throw new Error(`the load failed\n${load.output()}`);
  return JSON.parse(load.output()) as LoadReport;
}

async function diskPerEvent(muntra: Muntra): Promise<IngestReport['disk']> {
  const [row] = await muntra.rows(
    `SELECT sum(pg_table_size(relid))::float8 / events AS table, sum(pg_indexes_size(relid))::float8 / events AS indexes
       FROM pg_partition_tree('raw_events'), (SELECT count(*) AS events FROM raw_events WHERE site_id = $1) counted
      WHERE isleaf GROUP BY events`,
    [SITE],
  );
  return { table: Number(row?.table), indexes: Number(row?.indexes) };
}
