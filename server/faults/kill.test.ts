/**
 * 204 means kept, and exactly once: the embedded mode under a steady load of numbered events, with muntra and its
 * PostgreSQL killed -9 at random moments.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { type Muntra, startMuntra } from '../testing/muntra.ts';
import { freePort, openProcesses } from '../testing/processes.ts';
import { audit } from './audit.ts';
import { startLoad } from './load.ts';

const SITE = 'numbered';
const KILLS = 20;

const processes = openProcesses();
afterEach(() => processes.close());

test(`every 204 is stored exactly once over ${KILLS} kills`, { timeout: 120_000 }, async () => {
  const port = await freePort();
  const dataDir = processes.dir('data');
  // Flushing all the time, so that most kills meet one.
  const start = (): Promise<Muntra> =>
    startMuntra(processes, { port, dataDir, env: { MUNTRA_FLUSH_INTERVAL: '50ms' } });
  let muntra = await start();
  await muntra.api('POST', '/api/sites', { id: SITE, origins: ['example.com'] });

  const load = startLoad({ port, site: SITE, rate: 300 });
  for (let kills = 0; kills < KILLS; kills++) {
    await sleep(Math.random() * 500);
    if (kills % 4 === 3) {
      process.kill(muntra.postmaster(), 'SIGKILL');
      await sleep(Math.random() * 500);
    }
    await muntra.kill();
    muntra = await start();
  }
  const outcomes = await load.stop();
  await muntra.api('POST', '/api/flush');

  const found = await audit(outcomes, SITE, muntra);
  process.stdout.write(`${KILLS} kills: ${JSON.stringify(found)}\n`);
  expect(found).toMatchObject({ lost: [], doubled: [], refusedButStored: [] });
  expect(found.acknowledged).toBeGreaterThan(KILLS * 50);
  expect(await muntra.stop()).toBe(0);
});
