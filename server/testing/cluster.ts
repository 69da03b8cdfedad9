/**
 * One PostgreSQL for a whole test run, without fsync, with a migrated template that `testStore` clones. The run is red
 * when a test leaves a database behind.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PoolConfig } from 'pg';
import type { TestProject } from 'vitest/node';
import { createLogger } from '../log.ts';
import { startEmbedded } from '../store/embedded.ts';
import { migrate } from '../store/migrate.ts';
import { openStore, type Store } from '../store/postgres.ts';

export const TEMPLATE = 'template_muntra';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of the cluster's own database; `database` is to be replaced. */
    postgres: PoolConfig;
  }
}

const SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '100' };

/** vitest's globalSetup: the returned function ends the run. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = mkdtempSync(join(tmpdir(), 'muntra-test-'));
  const log = createLogger('warn', process.stderr);
  const postgres = await startEmbedded({ dataDir, log, settings: SETTINGS });
  const admin = openStore(postgres.connection, { log, max: 1 });
  await admin.query(`CREATE DATABASE ${TEMPLATE}`);
  const template = openStore({ ...postgres.connection, database: TEMPLATE }, { log, max: 1 });
  await migrate(template);
  await template.close();
  project.provide('postgres', postgres.connection);

  return async () => {
    const left = await leftDatabases(admin);
    await admin.close();
    await postgres.stop();
    rmSync(dataDir, { recursive: true });
    if (left.length > 0) throw new Error(`tests left databases behind: ${left.join(', ')}`);
  };
}

async function leftDatabases(admin: Store): Promise<string[]> {
  const rows = await admin.query<{ datname: string }>("SELECT datname FROM pg_database WHERE datname LIKE 'test\\_%'");
  return rows.map(({ datname }) => datname);
}
