/** `muntra migrate`: brings the database to this version without starting a server, or tells how far it is. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import { becomeOwner, type DataDir } from '../../server/data-dir.ts';
import { lockDataDir } from '../../server/data-lock.ts';
import { MuntraError } from '../../server/errors.ts';
import { createLogger } from '../../server/log.ts';
import type { Store } from '../../server/store/postgres.ts';
import { withStore } from '../../server/store/provider.ts';
import { schemaVersion } from '../../server/store/schema-version.ts';
import type { MuntraCommand } from '../command.ts';
import { connect } from '../connection.ts';
import type { Context } from '../context.ts';
import { locatePlace, openPlace, readSettings } from '../data-place.ts';
import { json } from '../output/json.ts';

export interface Migration {
  /** Version of this program. */
  program: string;
  /** Version that migrated the database last; null: none. */
  database: string | null;
}

export function define(command: MuntraCommand, context: Context): void {
  command
    .option('--status', 'Only tell; exit with 1 when the database is not of this version')
    .option('--json', 'Print the versions as JSON')
    .examples([
      ['muntra migrate --status', 'would a start change the tables?'],
      ['muntra migrate', 'change them now; muntra start does it too'],
    ])
    .action((flags: { status?: boolean; json?: boolean }) => migrate(context, flags));
}

async function migrate(context: Context, flags: { status?: boolean; json?: boolean }): Promise<void> {
  const found = flags.status ? await look(context) : await bring(context);
  const outcome: Migration = { program: manifest.version, database: found };
  if (flags.json) context.world.stdout.write(json(outcome));
  else context.print([[{ text: `Muntra ${outcome.program}, database ${found ?? 'new'}` }]]);
  if (found !== outcome.program) {
    throw new MuntraError('unhealthy', `The database is not of version ${outcome.program}`, 'muntra migrate');
  }
}

const versionOf = (store: Store): Promise<string | null> =>
  store.transaction(async client => (await schemaVersion(client)) ?? null);

type Work = (store: Store, migrateIt: () => Promise<void>) => Promise<string | null>;

const bring = (context: Context): Promise<string | null> =>
  atStore(context, openPlace(context), async (store, migrateIt) => {
    await migrateIt();
    return versionOf(store);
  });

/** Makes nothing: neither a data directory nor the database in it. */
async function look(context: Context): Promise<string | null> {
  const dataDir = locatePlace(context);
  const { path } = dataDir;
  if (readSettings(context).postgresDsn === '') {
    if (!existsSync(path)) {
      throw new MuntraError(
        'data_dir',
        `There is no data directory ${path}`,
        'name it with --data-dir; muntra start makes one',
      );
    }
    openPlace(context);
    if (!existsSync(join(path, 'postgres/data/PG_VERSION'))) return null;
  }
  return atStore(context, dataDir, versionOf);
}

/** The embedded database belongs to the server while one runs: then it is asked, and it has migrated when it started. */
async function atStore(context: Context, dataDir: DataDir, work: Work): Promise<string | null> {
  const config = readSettings(context);
  const log = createLogger(context.world.stderr.isTTY ? 'info' : 'error', context.world.stderr);
  const run = (): Promise<string | null> => withStore(config, dataDir.path, log, work);
  if (config.postgresDsn !== '') return run();
  becomeOwner(dataDir);
  try {
    const lock = lockDataDir(dataDir.path);
    return await run().finally(() => lock.release());
  } catch (error) {
    if (!(error instanceof MuntraError) || error.code !== 'already_running') throw error;
    return (await (await connect(context)).system()).schema;
  }
}
