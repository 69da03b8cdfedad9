/**
 * The sites, in memory, where each event looks its own up. They live in the store, which is asked once a second whether
 * anything has changed, so that a change takes effect on all instances without a restart.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import addSql from '../../schema/queries/site.add.sql';
import changeSql from '../../schema/queries/site.change.sql';
import listSql from '../../schema/queries/site.list.sql';
import type { Config } from '../config.ts';
import type { NewSite, RemovedAnswer, Site, SiteChange } from '../contract/site.ts';
import { MuntraError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Store } from '../store/postgres.ts';
import { checkChangeable, declaredSites } from './declared.ts';
import { readOriginRule } from './origin.ts';
import { deleteSite } from './removal.ts';
import { checkOrigins, checkRetention, checkSiteId, checkTimezone, MAX_SITES, sitesNotReady } from './site.ts';
import { readSnapshot, writeSnapshot } from './snapshot.ts';

/** A change is in force here when its promise resolves. Throws bad_request, not_found, site_exists, store_unavailable. */
export interface SiteRegistry {
  find(id: string): Site | undefined;
  /** As `find`; throws MuntraError `not_found`, or `not_ready` while nobody can know. */
  get(id: string): Site;
  list(): Site[];
  /** Whether the store, or the snapshot of an earlier run, has told the sites. */
  readonly ready: boolean;
  add(site: NewSite): Promise<Site>;
  change(id: string, change: SiteChange): Promise<Site>;
  addOrigin(id: string, origin: string): Promise<Site>;
  removeOrigin(id: string, origin: string): Promise<Site>;
  /**
   * Deletes the site and all that is stored of it, and takes seconds. `flush` stores what waits, of all sites. What was killed
   * or has thrown in between is to be repeated: until then the site is not seen, and its name is not free.
   */
  remove(id: string, flush: () => Promise<unknown>): Promise<RemovedAnswer>;
  /** Asks the store whether anything has changed. */
  refresh(): Promise<void>;
  /** From now on refreshes every second, whatever happens. */
  start(): void;
  stop(): void;
}

export interface SiteRegistryOptions {
  store: Store;
  config: Pick<Config, 'allowedSites' | 'siteOrigins'>;
  /** Path of the snapshot file. */
  snapshot: string;
  log: Logger;
}

const REFRESH_EVERY = 1000;
/** By then every instance has refreshed, and what it took meanwhile has arrived in the buffer. */
const EVERYWHERE = 2 * REFRESH_EVERY;

const RETIRE = 'UPDATE sites SET removing = true WHERE site_id = $1 RETURNING site_id';

/** Throws MuntraError `config_invalid` for sites of the environment that cannot be. */
export function createSiteRegistry({ store, config, snapshot, log }: SiteRegistryOptions): SiteRegistry {
  const declared = declaredSites(config);
  const kept = readSnapshot(snapshot);
  let sites = byId(kept ?? [], declared);
  let version = '';
  let ready = kept !== undefined;
  let refreshed = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let faulty = false;

  async function load(): Promise<void> {
    const [row] = await store.query<{ version: string; sites: Site[] | null }>(listSql, [version]);
    if (!row?.sites) return;
    sites = byId(row.sites, declared);
    version = row.version;
    ready = true;
    try {
      writeSnapshot(snapshot, row.sites);
    } catch (error) {
      log.warn({ err: error }, 'the snapshot of the sites cannot be written');
    }
  }

  /** One after the other, so that an older answer never follows a newer one. */
  function refresh(): Promise<void> {
    refreshed = refreshed.catch(() => {}).then(load);
    return refreshed;
  }

  /** The store logs its own outages. Anything else is logged once, and its end. */
  function report(error?: unknown): void {
    const fault = error !== undefined && !(error instanceof MuntraError);
    if (fault && !faulty) log.error({ err: error }, 'the sites cannot be read');
    if (error === undefined && faulty) log.info('the sites are read again');
    faulty = fault || (faulty && error !== undefined);
  }

  async function refreshForEver(): Promise<void> {
    await refresh().then(() => report(), report);
    timer = timer && setTimeout(refreshForEver, REFRESH_EVERY).unref();
  }

  function get(id: string): Site {
    const site = sites.get(id);
    if (site) return site;
    throw ready ? unknown(id) : sitesNotReady();
  }

  function changeable(id: string): Site {
    const site = get(id);
    checkChangeable(site);
    return site;
  }

  async function write(id: string, sql: string, ...values: unknown[]): Promise<Site> {
    await store.query(sql, [id, ...values]);
    await refresh();
    return get(id);
  }

  return {
    find: id => sites.get(id),
    get,
    list: () => [...sites.values()],
    get ready() {
      return ready;
    },

    async add({ id, origins = [], timezone = 'UTC', retention = null }) {
      checkChangeable(sites.get(checkSiteId(id)));
      if (sites.size >= MAX_SITES)
        throw new MuntraError('bad_request', `there are ${MAX_SITES} sites`, 'muntra sites remove');
      const settings = [checkTimezone(timezone), checkOrigins(origins), checkRetention(retention)];
      const added = await store.query(addSql, [id, ...settings]);
      await refresh();
      if (added.length > 0) return get(id);
      if (sites.has(id)) throw new MuntraError('site_exists', `there is a site "${id}" already`, 'muntra sites list');
      const problem = `site "${id}" is being removed, or that was interrupted`;
      throw new MuntraError('site_exists', problem, `muntra sites remove ${id}, then add it again`);
    },

    async change(id, { origins, timezone, retention }) {
      changeable(id);
      const settings = [
        timezone !== undefined ? checkTimezone(timezone) : null,
        origins ? checkOrigins(origins) : null,
      ];
      return write(id, changeSql, ...settings, retention !== undefined, checkRetention(retention ?? null));
    },

    async addOrigin(id, origin) {
      const rule = readOriginRule(origin);
      checkOrigins([...changeable(id).origins, rule]);
      const sql = 'INSERT INTO site_origins (site_id, origin) VALUES ($1, $2) ON CONFLICT (site_id, origin) DO NOTHING';
      return write(id, sql, rule);
    },

    async removeOrigin(id, origin) {
      const rule = readOriginRule(origin);
      if (!changeable(id).origins.includes(rule)) {
        throw new MuntraError('not_found', `site "${id}" has no origin "${rule}"`, `muntra origins list ${id}`);
      }
      return write(id, 'DELETE FROM site_origins WHERE site_id = $1 AND origin = $2', rule);
    },

    async remove(id, flush) {
      checkChangeable(sites.get(id));
      // Here only to learn early that something that it takes is away.
      await flush();
      if ((await store.query(RETIRE, [id])).length === 0) throw unknown(id);
      await refresh();
      await sleep(EVERYWHERE);
      await flush();
      const events = await deleteSite(store, id);
      await refresh();
      return { removed: id, events };
    },

    refresh,
    start() {
      timer ??= setTimeout(refreshForEver, 0).unref();
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}

const unknown = (id: string): MuntraError =>
  new MuntraError('not_found', `there is no site "${id}"`, 'muntra sites list');

/** By id; the environment wins, which says nothing of retention. */
function byId(stored: Site[], declared: Site[]): Map<string, Site> {
  const sites = new Map(stored.map(site => [site.id, site]));
  for (const site of declared) sites.set(site.id, { ...site, retention: sites.get(site.id)?.retention ?? null });
  return new Map([...sites].sort(([a], [b]) => (a < b ? -1 : 1)));
}
