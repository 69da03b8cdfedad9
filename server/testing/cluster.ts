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

const log = createLogger('warn', process.stderr);

const SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '100' };

/** vitest's globalSetup: the returned function ends the run. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = mkdtempSync(join(tmpdir(), 'muntra-test-'));
  const closers: (() => unknown)[] = [() => rmSync(dataDir, { recursive: true })];
  const close = async (): Promise<void> => {
    for (const closer of closers.reverse()) await closer();
  };
  try {
    const postgres = await startEmbedded({ dataDir, log, settings: SETTINGS });
    closers.push(() => postgres.stop());
    const admin = openStore(postgres.connection, { log, max: 1 });
    closers.push(() => admin.close());
    await makeTemplate(admin, postgres.connection);
    project.provide('postgres', postgres.connection);
    return async () => {
      const left = await leftDatabases(admin);
      await close();
      if (left.length === 0) return;
      // vitest prints what a teardown throws, and ends with 0.
      process.exitCode = 1;
      throw new Error(`tests left databases behind: ${left.join(', ')}`);
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function makeTemplate(admin: Store, connection: PoolConfig): Promise<void> {
  await admin.query(`CREATE DATABASE ${TEMPLATE}`);
  const template = openStore({ ...connection, database: TEMPLATE }, { log, max: 1 });
  try {
    await migrate(template);
  } finally {
    await template.close();
  }
}

async function leftDatabases(admin: Store): Promise<string[]> {
  const rows = await admin.query<{ datname: string }>("SELECT datname FROM pg_database WHERE datname LIKE 'test\\_%'");
  return rows.map(({ datname }) => datname);
}
