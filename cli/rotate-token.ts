/** A new token for the server's owner in the place of the one in muntra.env. */
import { isSet } from '../server/config.ts';
import { readEnvFile, writeEnvFile } from '../server/env-file.ts';
import { MuntraError } from '../server/errors.ts';
import type { Context } from './context.ts';
import { openPlace } from './data-place.ts';
import { newToken } from './first-settings.ts';
import { type Machine, serviceState } from './service/systemd.ts';
import { SERVICE } from './service/unit.ts';

export interface Rotated {
  /** The file that was changed. */
  settings: string;
  /** Whether the service was restarted with it. */
  restarted: boolean;
}

/** Throws MuntraError `usage` where the token is not the file's. */
export async function rotateToken(context: Context, machine: Machine): Promise<Rotated> {
  const { envFile: settings, path } = openPlace(context);
  if (isSet(context.world.env, 'MUNTRA_DASHBOARD_TOKEN')) {
    const hint = 'change it where it is set; it wins over muntra.env';
    throw new MuntraError('usage', 'The token comes from the environment (MUNTRA_DASHBOARD_TOKEN)', hint);
  }
  if (!readEnvFile(settings).MUNTRA_DASHBOARD_TOKEN) {
    throw new MuntraError(
      'usage',
      `There is no token in ${settings}`,
      'muntra init, or --data-dir to the directory of the server',
    );
  }
  writeEnvFile(settings, { MUNTRA_DASHBOARD_TOKEN: newToken() });
  const restarted = await restartService(machine, path);
  return { settings, restarted };
}

/** Only a service that runs on this directory, and only as root. */
async function restartService(machine: Machine, dataDir: string): Promise<boolean> {
  if (!machine.root || !machine.systemd) return false;
  const { state } = await serviceState(machine);
  const environment = await machine.run('systemctl', 'show', SERVICE, '--property=Environment', '--value');
  if (state !== 'active' || !environment.split(/\s/).includes(`MUNTRA_DATA_DIR=${dataDir}`)) return false;
  await machine.run('systemctl', 'restart', SERVICE);
  return true;
}
