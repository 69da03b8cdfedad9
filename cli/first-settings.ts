/** The settings that a first start writes: listen on this machine alone, and a random token for the API. */
import { randomBytes } from 'node:crypto';
import { isSet } from '../server/config.ts';
import type { DataDir } from '../server/data-dir.ts';
import { readEnvFile, writeEnvFile } from '../server/env-file.ts';
import type { World } from './world.ts';

/** Behind a proxy on the same machine. */
export const FIRST_ADDRESS = '127.0.0.1:8090';

export const newToken = (): string => randomBytes(24).toString('base64url');

/**
 * Adds a token that neither the file nor the environment has, and the address: without one in the environment, or where the
 * file is written anyway, as another start may not have that environment. True when it was the first start here.
 */
export function writeFirstSettings(dataDir: DataDir, env: World['env']): boolean {
  const file = readEnvFile(dataDir.envFile);
  const needsToken = !isSet(env, 'MUNTRA_DASHBOARD_TOKEN') && !file.MUNTRA_DASHBOARD_TOKEN;
  const needsAddress = !file.MUNTRA_HTTP_ADDR && (needsToken || !isSet(env, 'MUNTRA_HTTP_ADDR'));
  if (needsToken || needsAddress) {
    writeEnvFile(dataDir.envFile, {
      ...(needsAddress && { MUNTRA_HTTP_ADDR: FIRST_ADDRESS }),
      ...(needsToken && { MUNTRA_DASHBOARD_TOKEN: newToken() }),
    });
  }
  return Object.keys(file).length === 0;
}
