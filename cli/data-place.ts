/** The data directory and the settings that a command line means: the flag, then the environment, then what is customary. */
import { type Config, readConfig } from '../server/config.ts';
import { type DataDir, locateDataDir, openDataDir } from '../server/data-dir.ts';
import { readEnvFile } from '../server/env-file.ts';
import type { Context } from './context.ts';

type Place = Pick<Context, 'world' | 'flags'>;

const wanted = ({ world, flags }: Place): string => flags.dataDir ?? world.env.MUNTRA_DATA_DIR ?? '';

/** Where it is; it may not be there. */
export const locatePlace = (place: Place): DataDir => locateDataDir(wanted(place), place.world);

/** Makes it if need be. Throws MuntraError `data_dir`. */
export const openPlace = (place: Place): DataDir => openDataDir(wanted(place), place.world);

/** As a server here would have them. Throws MuntraError `config_invalid`. */
export function readSettings(place: Place): Config {
  return readConfig({ file: readEnvFile(locatePlace(place).envFile), env: place.world.env });
}
