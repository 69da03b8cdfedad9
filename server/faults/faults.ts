/** What may befall muntra, Redis and PostgreSQL. Each fault has healed when its promise resolves. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { until } from '../testing/processes.ts';
import type { Fault, Rig } from './rig.ts';

type Victim = 'muntra' | 'redis' | 'postgres';

const pause = (): Promise<void> => sleep(Math.random() * 1000);

const killVictim = (rig: Rig, victim: Victim): Promise<void> =>
  victim === 'muntra' ? rig.muntra.kill() : rig[victim].process.kill();

const restart = (rig: Rig, victim: Victim): Promise<void> =>
  victim === 'muntra' ? rig.restartMuntra() : rig[victim].restart();

/** kill -9 of some at nearly the same moment; they come back in any order. */
const kill =
  (...victims: Victim[]): Fault =>
  async rig => {
    await Promise.all(victims.map(victim => sleep(Math.random() * 50).then(() => killVictim(rig, victim))));
    await Promise.all(victims.map(victim => pause().then(() => restart(rig, victim))));
  };

/** Redis neither answers nor closes a connection. */
const freezeRedis: Fault = async ({ redis }) => {
  redis.process.signal('SIGSTOP');
  await sleep(10_000);
  redis.process.signal('SIGCONT');
};

/** Another user of the same Redis takes all the memory there is. */
const fillRedis: Fault = async ({ redis }) => {
  const client = new Redis(redis.url);
  const junk = 'x'.repeat(256 * 1024);
  const keys: string[] = [];
  const isFull = async (): Promise<boolean> => {
    const key = `junk:${keys.length}`;
    try {
      await client.set(key, junk);
      keys.push(key);
      return false;
    } catch (error) {
      if (String(error).includes('OOM')) return true;
      throw error;
    }
  };
  try {
    while (!(await isFull()));
    await sleep(1500);
    await client.del(keys);
  } finally {
    client.disconnect();
  }
};

/** Neither the buffer nor the store: the spool is the only place, until it is full too. */
const fillSpool: Fault = async (rig, load) => {
  await Promise.all([rig.redis.process.kill(), rig.postgres.process.kill()]);
  try {
    await until('a full spool', () => load.outcomes.refused.size > 50, 60_000);
  } finally {
    await Promise.all([rig.redis.restart(), rig.postgres.restart()]);
  }
};

export interface NamedFault {
  name: string;
  /** Whether events may be refused: in the others one place to keep them is always left. */
  mayRefuse: boolean;
  befall: Fault;
}

export const FAULTS: NamedFault[] = [
  { name: 'kill muntra', mayRefuse: true, befall: kill('muntra') },
  { name: 'kill Redis', mayRefuse: false, befall: kill('redis') },
  { name: 'kill PostgreSQL', mayRefuse: false, befall: kill('postgres') },
  { name: 'kill muntra and Redis', mayRefuse: true, befall: kill('muntra', 'redis') },
  { name: 'kill muntra and PostgreSQL', mayRefuse: true, befall: kill('muntra', 'postgres') },
  { name: 'kill all', mayRefuse: true, befall: kill('muntra', 'redis', 'postgres') },
  { name: 'stop Redis for 10 s', mayRefuse: false, befall: freezeRedis },
  { name: 'fill Redis', mayRefuse: false, befall: fillRedis },
  { name: 'fill the spool', mayRefuse: true, befall: fillSpool },
];
