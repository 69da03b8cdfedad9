/** The real HTTP server on a port of its own, with real parts around it; only the log of events is an array. */
import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTokens } from '../access/tokens.ts';
import { createBackup } from '../backup/backup.ts';
import { createCanaries } from '../http/canary.ts';
import { listen, stopListening } from '../http/listen.ts';
import { createHttpServer } from '../http/server.ts';
import type { HttpServices } from '../http/services.ts';
import { createDropLedger } from '../ingest/drops.ts';
import type { Event } from '../ingest/event.ts';
import { fileSalt } from '../ingest/salt.ts';
import { createLogger } from '../log.ts';
import { exportEvents } from '../pipeline/export.ts';
import { createFlusher } from '../pipeline/flush.ts';
import { createImporter } from '../pipeline/import.ts';
import { createRetention } from '../pipeline/retention.ts';
import { createRollup } from '../pipeline/rollup.ts';
import { readPrivacy } from '../privacy/facts.ts';
import { createForget } from '../privacy/forget.ts';
import { createDropHistory } from '../sites/drop-history.ts';
import { createSiteRegistry } from '../sites/registry.ts';
import { createStats } from '../stats/stats.ts';
import { readUsage } from '../stats/usage.ts';
import type { Store } from '../store/postgres.ts';
import { decodeEvent } from './decode-event.ts';

export const TEST_TOKEN = 'token-of-the-tests';

/** Tests come faster than readers, and all from one address. */
export const TEST_CONFIG: HttpServices['config'] = {
  dashboardToken: TEST_TOKEN,
  publicUrl: '',
  rateLimit: { visitor: 0, site: 0 },
  trustedProxies: ['loopback'],
};

export interface TestHttpServer {
  url: string;
  port: number;
  server: Server;
  services: HttpServices;
  /** What `/collect` kept. */
  events: Event[];
  /** Lines of the log. */
  logged: string[];
  close(): Promise<void>;
}

/** `given` replaces services. The sites are those of the store, asked once. */
export async function testHttpServer(store: Store, given: Partial<HttpServices> = {}): Promise<TestHttpServer> {
  const dir = mkdtempSync(join(tmpdir(), 'muntra-http-'));
  const logged: string[] = [];
  const log = createLogger('debug', { write: line => logged.push(line) });
  const events: Event[] = [];
  const now = given.now ?? Date.now;
  const drops = createDropLedger(now);
  const sites = createSiteRegistry({
    store,
    config: { allowedSites: [], siteOrigins: {} },
    snapshot: join(dir, 'sites.json'),
    log,
  });
  if (await store.ping()) await sites.refresh();
  const flusher = createFlusher({ store, buffers: [], drops, batchSize: 500, interval: 0, log, now });
  const rollup = createRollup({ store, interval: 0, log, now });
  const salt = fileSalt(join(dir, 'salt'), now, log);
  const services: HttpServices = {
    config: TEST_CONFIG,
    log,
    now,
    append: async payload => void events.push(decodeEvent(payload)),
    sites,
    tokens: createTokens(store, now),
    salt,
    place: () => null,
    spam: () => false,
    drops,
    dropHistory: createDropHistory(store, drops, now),
    flusher,
    rollup,
    retention: createRetention({ store, rollup, days: 0, log, now }),
    importer: createImporter(store, sites),
    exporter: (site, range) => exportEvents(store, site, range),
    backup: createBackup(store, log, now),
    stats: createStats(store),
    usage: () => readUsage(store, 0, now()),
    canaries: createCanaries({ config: TEST_CONFIG, store, flusher, now }),
    forget: createForget({ store, flusher, salt, now }),
    privacy: () =>
      readPrivacy({
        config: { retention: 0 },
        dataDir: { salt: join(dir, 'salt') },
        places: { knows: ['country'] },
        salt,
        sites,
        now,
      }),
    script: 'tracker()',
    system: async () => {
      throw new Error('the system has no answer in this test');
    },
    ready: async () => ({ store: await store.ping(), buffer: true }),
    pages: [],
    ...given,
  };
  const server = createHttpServer(services);
  const url = await listen(server, { host: '127.0.0.1', port: 0 });
  return {
    url,
    port: Number(new URL(url).port),
    server,
    services,
    events,
    logged,
    async close() {
      await stopListening(server);
      await services.salt.close();
      rmSync(dir, { recursive: true });
    },
  };
}
