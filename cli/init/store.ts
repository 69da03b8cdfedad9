/** The database, ready, with the first site in it; asks the server when one runs, which has the database to itself. */
import type { Config } from '../../server/config.ts';
import type { DataDir } from '../../server/data-dir.ts';
import { lockDataDir } from '../../server/data-lock.ts';
import type { Logger } from '../../server/log.ts';
import { createSiteRegistry } from '../../server/sites/registry.ts';
import { withStore } from '../../server/store/provider.ts';
import { createClient } from '../client.ts';
import type { Connection } from '../connection.ts';
import { ensureSite } from './site.ts';
import type { Wishes } from './wishes.ts';

/** What was done, for people. Throws MuntraErrors of the store and of the site. */
export async function setUpStore(config: Config, wishes: Wishes, dataDir: DataDir, log: Logger): Promise<string[]> {
  const lock = lockDataDir(dataDir.path);
  try {
    return await withStore(config, dataDir.path, log, async (store, migrate) => {
      await migrate();
      const done = ['made the tables, or brought them up to date'];
      if (wishes.site === '') return done;
      const sites = createSiteRegistry({ store, config, snapshot: dataDir.sites, log });
      await sites.refresh();
      return [...done, ...(await ensureSite(sites, wantedSite(wishes)))];
    });
  } finally {
    lock.release();
  }
}

/** The same by the API of the server that runs. */
export async function setUpRunning(connection: Connection, wishes: Wishes, signal: AbortSignal): Promise<string[]> {
  if (wishes.site === '') return [];
  const client = createClient(connection, signal);
  return ensureSite({ list: client.sites, add: client.addSite, addOrigin: client.addOrigin }, wantedSite(wishes));
}

const wantedSite = ({ site: id, origins, timezone }: Wishes) => ({
  id,
  origins,
  ...(timezone !== undefined && { timezone }),
});
