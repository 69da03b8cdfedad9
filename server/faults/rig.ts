/**
 * The services mode as a whole, muntra, Redis and PostgreSQL each in a process of its own, and rounds of faults: a steady
 * load, a fault that heals itself, a flush, and an audit of what became of every number.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FlushAnswer } from '../contract/system.ts';
import { type Muntra, startMuntra } from '../testing/muntra.ts';
import { freePort, type Processes, until } from '../testing/processes.ts';
import { type Service, startPostgres, startRedis } from '../testing/service.ts';
import { type Audit, audit } from './audit.ts';
import { type Load, startLoad } from './load.ts';

export interface Rig {
  readonly muntra: Muntra;
  readonly redis: Service;
  readonly postgres: Service;
  /** Starts muntra again after its end; resolves when it is ready. */
  restartMuntra(): Promise<void>;
}

/** Does harm and undoes it. */
export type Fault = (rig: Rig, load: Load) => Promise<void>;

/** Small caps, so that they are met; flushes all the time, so that faults meet one. */
const REDIS_MEMORY = '16mb';
const SETTINGS = { MUNTRA_FLUSH_INTERVAL: '100ms', MUNTRA_SPOOL_MAX: '256KB' };
const RATE = 300;

export async function startRig(processes: Processes): Promise<Rig> {
  const redis = await startRedis(processes, REDIS_MEMORY);
  const postgres = await startPostgres(processes);
  const place = { port: await freePort(), dataDir: processes.dir('data') };
  const env = { ...SETTINGS, MUNTRA_REDIS_URL: redis.url, MUNTRA_POSTGRES_DSN: postgres.url };
  const start = (): Promise<Muntra> => startMuntra(processes, { ...place, env });
  let muntra = await start();
  return {
    redis,
    postgres,
    get muntra() {
      return muntra;
    },
    async restartMuntra() {
      muntra = await start();
    },
  };
}

/** `site`: a new one for each round. */
export async function runRound(rig: Rig, site: string, fault: Fault): Promise<Audit> {
  await rig.muntra.api('POST', '/api/sites', { id: site, origins: ['example.com'] });
  const load = startLoad({ port: rig.muntra.port, site, rate: RATE });
  try {
    await sleep(200 + Math.random() * 300);
    await fault(rig, load);
    await sleep(300);
  } finally {
    await load.stop();
  }
  await until('an empty buffer', () => isEmpty(rig.muntra), 60_000);
  return audit(load.outcomes, site, rig.muntra);
}

async function isEmpty(muntra: Muntra): Promise<boolean> {
  try {
    return (await muntra.api<FlushAnswer>('POST', '/api/flush')).waiting === 0;
  } catch {
    // Redis or PostgreSQL is not back yet.
    return false;
  }
}
