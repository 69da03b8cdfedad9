/** muntra is started again while all else is away: after a power cut nothing says who comes first. */
import { afterAll, expect, test } from 'vitest';
import { startMuntra } from '../testing/muntra.ts';
import { openProcesses, until } from '../testing/processes.ts';
import { startPostgres, startRedis } from '../testing/service.ts';
import { audit } from './audit.ts';
import { startLoad } from './load.ts';

const processes = openProcesses();
afterAll(() => processes.close());

test('keeps events although neither Redis nor PostgreSQL is there yet', { timeout: 180_000 }, async () => {
  const [redis, postgres] = await Promise.all([startRedis(processes), startPostgres(processes)]);
  const env = { MUNTRA_REDIS_URL: redis.url, MUNTRA_POSTGRES_DSN: postgres.url, MUNTRA_FLUSH_INTERVAL: '200ms' };
  const first = await startMuntra(processes, { env });
  await first.api('POST', '/api/sites', { id: 'numbered', origins: ['example.com'] });
  await Promise.all([first.kill(), redis.process.kill(), postgres.process.kill()]);

  const muntra = await startMuntra(processes, { env, dataDir: first.dataDir, port: first.port, answers: '/health' });
  const load = startLoad({ port: muntra.port, site: 'numbered', rate: 200 });
  await until('a hundred kept events', () => load.outcomes.acknowledged.length >= 100);
  const outcomes = await load.stop();
  expect(outcomes).toMatchObject({ refused: new Map(), unanswered: [] });

  await Promise.all([redis.restart(), postgres.restart()]);
  await until('a flush', () =>
    muntra.api('POST', '/api/flush').then(
      () => true,
      () => false,
    ),
  );
  expect(await audit(outcomes, 'numbered', muntra)).toMatchObject({ lost: [], doubled: [] });
});
