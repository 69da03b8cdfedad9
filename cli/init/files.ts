/** The files that init writes: each is compared with what is there, and what changes is told. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { DataDir } from '../../server/data-dir.ts';
import { writeDurably } from '../../server/durable-file.ts';
import { type EnvValues, readEnvFile, writeEnvFile } from '../../server/env-file.ts';
import { newToken } from '../first-settings.ts';
import { composeFile, composePlace, composeServers, missingSecrets } from './compose.ts';
import type { Wishes } from './wishes.ts';

export interface FileChange {
  path: string;
  /** What is done, for people: `write docker-compose.yml`. */
  what: string;
  write(): void;
}

export interface Files {
  /** Nothing where all is as it should be. */
  changes: FileChange[];
  /** What muntra.env says afterwards. */
  settings: EnvValues;
}

/** Secrets stay as they are; what no wish is about stays as it is. */
export async function planFiles(wishes: Wishes, dataDir: DataDir): Promise<Files> {
  const before = readEnvFile(dataDir.envFile);
  const compose = wishes.storage === 'compose' ? await planCompose(dataDir) : { changes: [], servers: {} };
  const wanted: EnvValues = {
    MUNTRA_HTTP_ADDR: wishes.listen,
    MUNTRA_PUBLIC_URL: wishes.publicUrl,
    ...servers(wishes, compose.servers),
    MUNTRA_DASHBOARD_TOKEN: before.MUNTRA_DASHBOARD_TOKEN || newToken(),
  };
  return {
    changes: [...compose.changes, ...changeEnv(dataDir.envFile, before, wanted)],
    settings: { ...before, ...wanted },
  };
}

function servers({ storage, postgresDsn, redisUrl }: Wishes, containers: Partial<Record<string, string>>): EnvValues {
  if (storage === 'embedded') return { MUNTRA_POSTGRES_DSN: '', MUNTRA_REDIS_URL: '' };
  return {
    MUNTRA_POSTGRES_DSN: containers.postgresDsn ?? postgresDsn,
    MUNTRA_REDIS_URL: containers.redisUrl ?? redisUrl,
  };
}

async function planCompose(dataDir: DataDir) {
  const { file, env } = composePlace(dataDir);
  const old = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  const before = readEnvFile(env);
  const missing = await missingSecrets(before);
  const after = { ...before, ...missing };
  const changes = [...changeText(file, old, composeFile(dataDir, old)), ...changeEnv(env, before, after)];
  return { changes, servers: composeServers(after) };
}

function changeEnv(path: string, before: EnvValues, wanted: EnvValues): FileChange[] {
  const changed = Object.entries(wanted).filter(([name, value]) => value !== (before[name] ?? ''));
  if (changed.length === 0) return [];
  const names = changed.map(([name]) => name).join(', ');
  const what = existsSync(path) ? `change ${names} in ${path}` : `write ${path}`;
  return [{ path, what, write: () => writeEnvFile(path, Object.fromEntries(changed)) }];
}

/** What somebody may have changed by hand is kept beside the new one. */
function changeText(path: string, old: string | undefined, text: string): FileChange[] {
  if (old === text) return [];
  if (old === undefined) return [{ path, what: `write ${path}`, write: () => writeDurably(path, text) }];
  const kept = join(path, `../${basename(path)}.old`);
  const write = (): void => {
    writeDurably(kept, old);
    writeDurably(path, text);
  };
  return [{ path, what: `replace ${path}, and keep what is there as ${basename(kept)}`, write }];
}
