/** What `muntra init` shall bring about: what flags and environment say, else what is so already, else the usual. */
import { existsSync } from 'node:fs';
import type { DataDir } from '../../server/data-dir.ts';
import type { EnvValues } from '../../server/env-file.ts';
import { FIRST_ADDRESS } from '../first-settings.ts';
import type { WebServer } from '../proxy/snippet.ts';
import type { World } from '../world.ts';
import { composePlace } from './compose.ts';

export const STORAGES = ['embedded', 'compose', 'existing'] as const;
export type Storage = (typeof STORAGES)[number];

/** As commander gives them. */
export interface InitFlags {
  url?: string;
  listen?: string;
  storage?: Storage;
  site?: string;
  origin?: string[];
  timezone?: string;
  service?: boolean;
  proxy?: WebServer;
  yes?: boolean;
  json?: boolean;
}

export interface Wishes {
  /** '': not known yet. */
  publicUrl: string;
  listen: string;
  storage: Storage;
  /** Of `existing` servers; without Redis events wait in files. */
  postgresDsn: string;
  redisUrl: string;
  /** Its id, '' for none. */
  site: string;
  origins: string[];
  timezone: string | undefined;
  service: boolean;
  proxy: WebServer;
}

/** `before`: what muntra.env says now. */
export function readWishes(flags: InitFlags, env: World['env'], before: EnvValues, dataDir: DataDir): Wishes {
  const set = (name: string): string => env[name]?.trim() || before[name] || '';
  const [postgresDsn, redisUrl] = [set('MUNTRA_POSTGRES_DSN'), set('MUNTRA_REDIS_URL')];
  const now = postgresDsn === '' ? 'embedded' : existsSync(composePlace(dataDir).file) ? 'compose' : 'existing';
  return {
    publicUrl: flags.url ?? set('MUNTRA_PUBLIC_URL'),
    listen: flags.listen ?? (set('MUNTRA_HTTP_ADDR') || FIRST_ADDRESS),
    storage: flags.storage ?? now,
    postgresDsn,
    redisUrl,
    site: flags.site ?? '',
    origins: flags.origin ?? [],
    timezone: flags.timezone,
    service: flags.service ?? false,
    proxy: flags.proxy ?? 'nginx',
  };
}
