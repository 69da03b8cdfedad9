/** The data directory and the settings that a command line means: the flag, then the environment, then what is customary. */
import { type Config, readConfig } from '../server/config.ts';
import { type DataDir, locateDataDir, openDataDir } from '../server/data-dir.ts';
import { type EnvValues, readEnvFile } from '../server/env-file.ts';
import { MuntraError, systemCode } from '../server/errors.ts';
import type { Context } from './context.ts';

type Place = Pick<Context, 'world' | 'flags'>;

const wanted = ({ world, flags }: Place): string => flags.dataDir ?? world.env.MUNTRA_DATA_DIR ?? '';

/** Where it is; it may not be there. */
export const locatePlace = (place: Place): DataDir => locateDataDir(wanted(place), place.world);

/** Makes it if need be. Throws MuntraError `data_dir`. */
export const openPlace = (place: Place): DataDir => openDataDir(wanted(place), place.world);

/** As a server here would have them. Throws MuntraError `config_invalid`, or `unauthorized` as `readFile` does. */
export function readSettings(place: Place): Config {
  return readConfig({ file: readFile(locatePlace(place)), env: place.world.env });
}

/** What muntra.env holds. Throws MuntraError `config_invalid`, or `unauthorized`: it belongs to the server's user. */
export function readFile({ envFile }: DataDir): EnvValues {
  try {
    return readEnvFile(envFile);
  } catch (error) {
    if (!(error instanceof MuntraError) || systemCode(error.cause) !== 'EACCES') throw error;
    const hint = "run it as the server's user (sudo), or set MUNTRA_DASHBOARD_TOKEN";
    throw new MuntraError('unauthorized', `This user may not read ${envFile}`, hint, { cause: error });
  }
}
