/** How to reach your PostgreSQL. The driver reads certificates with each connection, and would take a wrong path for an outage. */
import { readFileSync } from 'node:fs';
import type { PoolConfig } from 'pg';
import { MuntraError, systemCode } from '../errors.ts';

const FILES = ['sslrootcert', 'sslcert', 'sslkey'];

/** `dsn` as `parsePostgresDsn` takes it. Throws MuntraError `config_invalid` for a file in it that cannot be read. */
export function connectionOf(dsn: string): PoolConfig {
  const { searchParams } = new URL(dsn.replace('@/', '@localhost/'));
  for (const name of FILES) checkFile(name, searchParams.get(name) ?? '');
  return { connectionString: dsn };
}

function checkFile(name: string, path: string): void {
  if (path === '') return;
  try {
    readFileSync(path);
  } catch (error) {
    const problem = `MUNTRA_POSTGRES_DSN: ${name}=${path} cannot be read (${systemCode(error)})`;
    throw new MuntraError('config_invalid', problem, 'check the path, and that the user of Muntra may read it', {
      cause: error,
    });
  }
}
