/** From wishes to what is to be done, and everything that can be known to fail before anything is written. */
import { type Config, readConfig } from '../../server/config.ts';
import { readEnvFile } from '../../server/env-file.ts';
import { MuntraError } from '../../server/errors.ts';
import type { Context } from '../context.ts';
import { needSystemd } from '../service/systemd.ts';
import { unit } from '../service/unit.ts';
import { checkPort, checkPostgres, checkRedis } from './checks.ts';
import { needDocker } from './compose.ts';
import { type FileChange, planFiles } from './files.ts';
import type { Setting } from './setting.ts';
import type { Wishes } from './wishes.ts';

export interface Plan {
  wishes: Wishes;
  files: FileChange[];
  /** As it is afterwards. */
  config: Config;
}

/** Secrets are kept. Throws MuntraErrors of what cannot be. */
export async function makePlan(wishes: Wishes, { world, say }: Context, setting: Setting): Promise<Plan> {
  const { dataDir, machine, running, log } = setting;
  const { changes: files, settings } = await planFiles(wishes, dataDir);
  const config = readConfig({ file: settings });
  if (wishes.service) {
    needSystemd(machine, true);
    unit({ executable: world.executable, dataDir: dataDir.path });
  }
  if (running) checkStays(config, readConfig({ file: readEnvFile(dataDir.envFile) }));
  else await checkPort(config.httpAddr);
  if (wishes.storage === 'compose') await needDocker(world.env);
  if (wishes.storage === 'existing') {
    needServer(config);
    const redis = config.redisUrl === '' ? [] : await checkRedis(config.redisUrl);
    const found = [await checkPostgres(config.postgresDsn, log), ...redis];
    say(found.map(text => [{ text: `- ${text}` }]));
  }
  return { wishes, files, config };
}

/** For a person who is to agree. */
export function planLines({ files, wishes: { storage, site, service } }: Plan): string[] {
  return [
    ...files.map(({ what }) => what),
    ...(storage === 'compose' ? ['start Redis and PostgreSQL by docker compose'] : []),
    'make the tables, or bring them up to date',
    ...(site === '' ? [] : [`add the site ${site}, if it is not there`]),
    ...(service ? ['install and start the systemd service'] : []),
  ];
}

function checkStays(after: Config, before: Config): void {
  if (after.postgresDsn === before.postgresDsn && after.redisUrl === before.redisUrl) return;
  const message = 'The server runs, and its data cannot be moved elsewhere under it';
  throw new MuntraError(
    'already_running',
    message,
    'stop it first: sudo systemctl stop muntra, or Ctrl-C where it runs',
  );
}

function needServer({ postgresDsn }: Config): void {
  if (postgresDsn !== '') return;
  const hint = 'MUNTRA_POSTGRES_DSN=postgres://user:password@host:5432/database muntra init --yes --storage existing';
  throw new MuntraError('usage', 'Which PostgreSQL? It is named in MUNTRA_POSTGRES_DSN', hint);
}
