/** The settings that a first start writes: listen on this machine alone, and a random token for the API. */
import { randomBytes } from 'node:crypto';
import type { DataDir } from '../server/data-dir.ts';
import { readEnvFile, writeEnvFile } from '../server/env-file.ts';
import type { World } from './world.ts';

/** Behind a proxy on the same machine. */
export const FIRST_ADDRESS = '127.0.0.1:8090';

export const newToken = (): string => randomBytes(24).toString('base64url');

/** Adds what neither the file nor the environment has; true when it was the first start here. */
export function writeFirstSettings(dataDir: DataDir, env: World['env']): boolean {
  const file = readEnvFile(dataDir.envFile);
  const first = Object.keys(file).length === 0;
  const missing = Object.entries({
    ...(first ? { MUNTRA_HTTP_ADDR: FIRST_ADDRESS } : {}),
    MUNTRA_DASHBOARD_TOKEN: newToken(),
  }).filter(([name]) => !env[name] && !file[name]);
  if (missing.length > 0) writeEnvFile(dataDir.envFile, Object.fromEntries(missing));
  return first;
}
