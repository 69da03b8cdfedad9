/** What `muntra privacy` tells of this server: its table of places, its sites' retention, the salt in use. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { PrivacyAnswer } from '../contract/privacy.ts';
import type { DataDir } from '../data-dir.ts';
import type { Places } from '../geo/places.ts';
import type { SaltSource } from '../ingest/salt.ts';
import type { SiteRegistry } from '../sites/registry.ts';
import { sitesNotReady } from '../sites/site.ts';
import { NEVER_STORED, storedColumns } from './stored.ts';

export interface PrivacyOptions {
  config: Pick<Config, 'retention'>;
  dataDir: Pick<DataDir, 'salt'>;
  places: Pick<Places, 'knows'>;
  salt: SaltSource;
  sites: Pick<SiteRegistry, 'list' | 'ready'>;
  now: () => number;
}

const DAY = 86_400_000;

/** Throws MuntraError `not_ready` as long as the sites are not known. */
export async function readPrivacy(options: PrivacyOptions): Promise<PrivacyAnswer> {
  const { config, dataDir, places, salt, sites, now } = options;
  if (!sites.ready) throw sitesNotReady();
  const at = now();
  // Makes that of a day on which nobody has come yet. With Redis, too, each server has it in a file.
  await salt.at(at);
  const day = new Date(at).toISOString().slice(0, 10);
  return {
    stored: storedColumns(places.knows),
    never: NEVER_STORED,
    retention: sites.list().map(({ id, retention }) => ({ site: id, days: retention ?? config.retention })),
    salt: {
      day,
      since: Math.round(statSync(join(dataDir.salt, `salt-${day}`)).mtimeMs),
      until: Math.floor(at / DAY + 1) * DAY,
    },
  };
}
