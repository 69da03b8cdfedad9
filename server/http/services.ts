/** What the HTTP server is given to serve; `server/main.ts` puts it together. */
import type { Tokens } from '../access/tokens.ts';
import type { Backup } from '../backup/backup.ts';
import type { Config } from '../config.ts';
import type { PrivacyAnswer } from '../contract/privacy.ts';
import type { ReadyAnswer, SystemAnswer, UsageAnswer } from '../contract/system.ts';
import type { DropLedger } from '../ingest/drops.ts';
import type { PlaceLookup } from '../ingest/enrich.ts';
import type { SaltSource } from '../ingest/salt.ts';
import type { Logger } from '../log.ts';
import type { Flusher } from '../pipeline/flush.ts';
import type { Importer } from '../pipeline/import.ts';
import type { Retention } from '../pipeline/retention.ts';
import type { Rollup } from '../pipeline/rollup.ts';
import type { Forget } from '../privacy/forget.ts';
import type { DropHistory } from '../sites/drop-history.ts';
import type { SiteRegistry } from '../sites/registry.ts';
import type { Range, Stats } from '../stats/stats.ts';
import type { Canaries } from './canary.ts';
import type { Page } from './page.ts';

export interface HttpServices {
  config: Pick<Config, 'dashboardToken' | 'publicUrl' | 'rateLimit' | 'trustedProxies'>;
  log: Logger;
  /** Unix milliseconds. */
  now(): number;
  /** Keeps an encoded event; a MuntraError is what the client gets. */
  append(payload: string): Promise<void>;
  sites: SiteRegistry;
  tokens: Tokens;
  salt: SaltSource;
  place: PlaceLookup;
  /** Whether a referrer's host is known for spam. */
  spam(host: string): boolean;
  drops: DropLedger;
  dropHistory: DropHistory;
  flusher: Flusher;
  rollup: Rollup;
  retention: Retention;
  importer: Importer;
  /** Events of a site as lines of an import. */
  exporter(site: string, range: Range): AsyncIterable<string>;
  backup: Backup;
  stats: Stats;
  usage(): Promise<UsageAnswer>;
  canaries: Canaries;
  forget: Forget;
  privacy(): Promise<PrivacyAnswer>;
  /** Text of the tracker. */
  script: string;
  system(): Promise<SystemAnswer>;
  ready(): Promise<ReadyAnswer>;
  /** Further pages, such as the demo's. */
  pages: readonly Page[];
}
