/** Sites that the environment declares, as the Go Muntra had them all; the API shows them and cannot change them. */
import type { Config } from '../config.ts';
import type { Site } from '../contract/site.ts';
import { MuntraError } from '../errors.ts';
import { checkOrigins, checkSiteId } from './site.ts';

/** Of MUNTRA_ALLOWED_SITES and MUNTRA_SITE_ORIGINS. Throws MuntraError `config_invalid`. */
export function declaredSites({ allowedSites, siteOrigins }: Pick<Config, 'allowedSites' | 'siteOrigins'>): Site[] {
  try {
    const origins = new Map<string, string[]>(allowedSites.map(id => [id, []]));
    for (const [id, hosts] of Object.entries(siteOrigins)) origins.set(id, hosts);
    return [...origins].map(([id, hosts]) => ({
      id: checkSiteId(id),
      origins: checkOrigins(hosts),
      timezone: 'UTC',
      retention: null,
      declared: 'environment',
      created: 0,
    }));
  } catch (error) {
    if (!(error instanceof MuntraError)) throw error;
    const problem = `MUNTRA_ALLOWED_SITES or MUNTRA_SITE_ORIGINS: ${error.message}`;
    throw new MuntraError('config_invalid', problem, error.hint);
  }
}

/** Throws MuntraError `bad_request` for a site that the environment declares. */
export function checkChangeable(site: Site | undefined): void {
  if (site?.declared !== 'environment') return;
  throw new MuntraError(
    'bad_request',
    `site "${site.id}" is declared by the environment`,
    'change MUNTRA_ALLOWED_SITES and MUNTRA_SITE_ORIGINS and restart, or take it out there first',
  );
}
