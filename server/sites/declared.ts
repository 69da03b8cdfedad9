/** Sites that the environment declares, as the Go Muntra had them all; the API shows them and cannot change them. */
import type { Config } from '../config.ts';
import type { Site } from '../contract.ts';
import { MuntraError } from '../errors.ts';
import { checkOrigins, checkSiteId } from './site.ts';

/** Of MUNTRA_ALLOWED_SITES and MUNTRA_SITE_ORIGINS. Throws MuntraError `config_invalid`. */
export function declaredSites({ allowedSites, siteOrigins }: Pick<Config, 'allowedSites' | 'siteOrigins'>): Site[] {
  try {
    const ids = new Set([...allowedSites, ...Object.keys(siteOrigins)].map(checkSiteId));
    return [...ids].map(id => ({
      id,
      origins: checkOrigins(siteOrigins[id] ?? []),
      timezone: 'UTC',
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
    'Change MUNTRA_ALLOWED_SITES and MUNTRA_SITE_ORIGINS and restart, or take it out there first.',
  );
}
