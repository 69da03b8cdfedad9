/**
 * The way of an event under full load: `/collect` beside a bare node:http handler, CPU per event of every process, memory
 * over a million events, the flush from a full buffer, and disk. Everything it needs it starts itself.
 */
import { join } from 'node:path';
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
}

export interface IngestReport {
  mode: Mode;
  bare: LoadReport;
  bareMemory: Memory;
  muntra: LoadReport;
  /** CPU milliseconds per event, until the last one is stored. */
  cpu: { muntra: number; redis: number; postgres: number };
  memory: MemorySeries;
  flush: FlushAnswer;
  /** Bytes per event. */
  disk: { table: number; indexes: number };
}

const SITE = 'bench';
export const CONNECTIONS = 32;

/** Seconds. V8 compiles the last of the functions after some 100,000 requests, and a server runs for months. */
const WARM_UP = 10;

/** `say` is told what happens now. */
export async function benchIngest(
  processes: Processes,
  { mode, seconds, events, waiting }: IngestPlan,
  say: (text: string) => void,
): Promise<IngestReport> {
  const services = await startServices(processes, mode);
  const muntra = await startMuntra(processes, { env: services.env });
  await muntra.api('POST', '/api/sites', { id: SITE, origins: ['example.com'] });
  const postmaster = services.postgres ?? muntra.postmaster();
  const load = (plan: Partial<LoadPlan>): Promise<LoadReport> =>
    runLoad(processes, { port: muntra.port, site: SITE, connections: CONNECTIONS, ...plan });
  const { pid, port } = await startBare(processes);

  say(`${mode}: warming up`);
  await load({ port, seconds: WARM_UP });
  await load({ seconds: WARM_UP });
  await muntra.api('POST', '/api/flush');

  say(`${mode}: bare node:http for ${seconds} s`);
  const bare = await load({ port, seconds });
  const bareMemory = memoryOf(pid);
  say(`${mode}: muntra for ${seconds} s`);
  const cpu = (): number[] => [cpuOf(muntra.pid), services.redis ? cpuOf(services.redis) : 0, cpuOfFamily(postmaster)];
  const before = cpu();
  const timed = await load({ seconds });
  await muntra.api('POST', '/api/flush');
  const [own = 0, redis = 0, postgres = 0] = cpu().map((after, i) => (after - (before[i] ?? 0)) / timed.requests);

  say(`${mode}: ${events} events through`);
  const memory = watchMemory(muntra.pid, postmaster);
  await load({ requests: events });
  await muntra.api('POST', '/api/flush');
  const series = memory.stop();
  const disk = await diskPerEvent(muntra);

  say(`${mode}: ${waiting} events into the buffer, then one flush`);
  await muntra.stop();
  const idle = await startMuntra(processes, {
    port: muntra.port,
    dataDir: muntra.dataDir,
    env: { ...services.env, MUNTRA_FLUSH_INTERVAL: '0' },
  });
  await load({ requests: waiting });
  const flush = await idle.api<FlushAnswer>('POST', '/api/flush');
  return { mode, bare, bareMemory, muntra: timed, cpu: { muntra: own, redis, postgres }, memory: series, flush, disk };
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
