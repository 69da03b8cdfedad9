/**
 * The composition root: builds every part of the server from the configuration, wires them, and closes them in reverse
 * order. Nothing else in `server/` knows how the parts come together.
 */

import script from 'muntra:tracker';
import { setFlagsFromString } from 'node:v8';
import pkg from '../package.json' with { type: 'json' };
import { createTokens } from './access/tokens.ts';
import { createBackup } from './backup/backup.ts';
import { type Closers, withClosers } from './closers.ts';
import type { Config } from './config.ts';
import type { DataDir } from './data-dir.ts';
import { openPlaces } from './geo/places.ts';
import { createCanaries } from './http/canary.ts';
import { listen, stopListening } from './http/listen.ts';
import type { Page } from './http/page.ts';
import { createHttpServer } from './http/server.ts';
import { openSpamList } from './ingest/spam-list.ts';
import type { Logger } from './log.ts';
import { exportEvents } from './pipeline/export.ts';
import { createImporter } from './pipeline/import.ts';
import { createKeptLists } from './pipeline/kept-lists.ts';
import { createRetention } from './pipeline/retention.ts';
import { createRollup } from './pipeline/rollup.ts';
import { readPrivacy } from './privacy/facts.ts';
import { createForget } from './privacy/forget.ts';
import { createDropHistory } from './sites/drop-history.ts';
import { createSiteRegistry } from './sites/registry.ts';
import { createStats } from './stats/stats.ts';
import { readUsage } from './stats/usage.ts';
import { createStatus } from './status.ts';
import { openStorage } from './storage.ts';
import { readVitals } from './vitals.ts';

export interface RunningServer {
  /** Where it listens, as `http://host:port`, reachable from this machine. */
  url: string;
  /** How many sites it knows. */
  sites: number;
  /** Stops taking requests, stores what waits if the store is there, and stops everything that was started. */
  close(): Promise<void>;
}

export interface ServerOptions {
  dataDir: DataDir;
  log: Logger;
  now?: () => number;
  /** Pages served beside the API, such as the demo's. */
  pages?: Page[];
}

/**
 * V8's middle compiler works in threads, and what it takes from malloc there stays with the process: without it a loaded
 * server has 36 MB of its own instead of 47, and spends no more CPU. As a flag of the command line, the executable's code
 * cache would be refused.
 */
setFlagsFromString('--no-maglev');

/** Starts everything; on an error what was already started is stopped again. Throws MuntraErrors for people. */
export function startServer(config: Config, options: ServerOptions): Promise<RunningServer> {
  return withClosers(async closers => ({ ...(await wire(config, options, closers)), close: () => closers.close() }));
}

async function wire(
  config: Config,
  { dataDir, log, now = Date.now, pages = [] }: ServerOptions,
  closers: Closers,
): Promise<Pick<RunningServer, 'url' | 'sites'>> {
  const started = now();
  const places = openPlaces({ path: config.geoipDb, dataDir: dataDir.path, log });
  closers.push(() => places.close());
  const spamList = openSpamList({ path: config.referrerSpam, log });
  closers.push(() => spamList.close());

  const { store, intake, salt, drops, flusher, redis } = await openStorage(config, { dataDir, log, now }, closers);
  const rollup = createRollup({ store, interval: config.rollupInterval, log, now });
  closers.push(() => rollup.stop());
  const retention = createRetention({ store, rollup, days: config.retention, log, now });
  closers.push(() => retention.stop());
  const keptLists = createKeptLists(store, log);
  closers.push(() => keptLists.stop());
  const sites = createSiteRegistry({ store, config, log, snapshot: dataDir.sites });
  await sites.refresh().catch(() => log.warn('the sites are not known yet: PostgreSQL is away'));
  closers.push(() => sites.stop());

  const dropHistory = createDropHistory(store, drops, now);
  const backup = createBackup(store, log, now);
  const vitals = () => readVitals({ dataDir, store, redis, now });
  const status = createStatus({ config, started, store, intake, flusher, rollup, dropHistory, backup, vitals });
  const server = createHttpServer({
    config,
    log,
    now,
    append: payload => intake.append(payload),
    sites,
    tokens: createTokens(store, now),
    salt,
    place: places.lookup,
    spam: spamList.has,
    drops,
    dropHistory,
    flusher,
    rollup,
    retention,
    importer: createImporter(store, sites),
    exporter: (site, range) => exportEvents(store, site, range),
    backup,
    stats: createStats(store, { slow: rollup.hurry, partial: keptLists.keep }),
    usage: () => readUsage(store, config.retention, now()),
    canaries: createCanaries({ config, store, flusher, now }),
    forget: createForget({ store, flusher, salt, now }),
    privacy: () => readPrivacy({ config, dataDir, places, salt, sites, now }),
    script,
    pages,
    ...status,
  });
  const url = await listen(server, config.httpAddr);
  closers.push(() => stopListening(server));
  sites.start();
  flusher.start();
  rollup.start();
  retention.start();
  log.info({ url, dataDir: dataDir.path, version: pkg.version }, 'listening');
  return { url, sites: sites.list().length };
}
