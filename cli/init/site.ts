/** Makes a site be there with the origins that were named; what it has beyond them stays. */
import type { NewSite, OriginsAnswer, Site } from '../../server/contract/site.ts';
import { checkOrigins } from '../../server/sites/site.ts';

/** The API of a running server, or the registry on a store. */
export interface Sites {
  list(): Promise<Site[]> | Site[];
  add(site: NewSite): Promise<Site>;
  addOrigin(id: string, origin: string): Promise<OriginsAnswer>;
}

/** What was done, for people. */
export async function ensureSite(
  sites: Sites,
  wanted: Required<Pick<NewSite, 'id' | 'origins'>> & NewSite,
): Promise<string[]> {
  const known = (await sites.list()).find(({ id }) => id === wanted.id);
  if (!known) {
    await sites.add(wanted);
    return [`added the site ${wanted.id}`];
  }
  const missing = checkOrigins(wanted.origins).filter(origin => !known.origins.includes(origin));
  for (const origin of missing) await sites.addOrigin(wanted.id, origin);
  return missing.map(origin => `allowed ${origin} for the site ${wanted.id}`);
}
