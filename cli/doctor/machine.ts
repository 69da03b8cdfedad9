/** What can be told without the server: the settings, and what it would stand on. */
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { freeDisk } from '../../server/disk.ts';
import type { MuntraError } from '../../server/errors.ts';
import { createLogger } from '../../server/log.ts';
import type { Context } from '../context.ts';
import { locatePlace, readSettings } from '../data-place.ts';
import { checkPort, checkPostgres, checkRedis } from '../init/checks.ts';
import { bytes } from '../output/format.ts';
import { attempt, type Check, failed, passed } from '../report/checks.ts';

/** The settings can be read, and by nobody else. */
export function checkConfig(context: Context): Promise<Check> {
  const { envFile } = locatePlace(context);
  return attempt('config', async () => {
    readSettings(context);
    if (!existsSync(envFile)) return passed('config', `nothing is set in ${envFile}`);
    if ((statSync(envFile).mode & 0o077) === 0) return passed('config', envFile);
    return failed('config', `${envFile} can be read by others`, `chmod 600 ${envFile}`);
  });
}

/** Why the server of this machine gave no answer: something else may have its port. */
export function checkPortTaken(context: Context, error: MuntraError): Promise<Check> {
  return attempt('server', async () => {
    await checkPort(readSettings(context).httpAddr);
    return failed('server', error.message, 'muntra start, or sudo systemctl start muntra');
  });
}

/** What a server that does not answer would stand on. */
export async function checkGround(context: Context): Promise<Check[]> {
  const { postgresDsn, redisUrl } = readSettings(context);
  const log = createLogger('silent', context.world.stderr);
  const found = (name: string, ask: () => Promise<string>) => attempt(name, async () => passed(name, await ask()));
  return Promise.all([
    ...(postgresDsn === '' ? [] : [found('store', () => checkPostgres(postgresDsn, log))]),
    ...(redisUrl === '' ? [] : [found('buffer', async () => (await checkRedis(redisUrl)).join('; '))]),
    attempt('disk', async () => passed('disk', `${bytes(freeDisk(nearest(locatePlace(context).path)))} free`)),
  ]);
}

/** The data directory may not be there yet. */
const nearest = (path: string): string => (existsSync(path) ? path : nearest(dirname(path)));
