/** The site that a command is about, by its id, or the only one there is. */
import type { Site } from '../server/contract/site.ts';
import { MuntraError } from '../server/errors.ts';
import type { Client } from './client.ts';

/** Throws MuntraError `unknown_site`, or `usage` when there are several to choose from. */
export async function pickSite(client: Client, id: string | undefined): Promise<Site> {
  const sites = await client.sites();
  const [first, second] = sites;
  if (!first) throw noSites(id);
  if (id === undefined && second) {
    throw new MuntraError('usage', 'There are several sites', `name one: ${names(sites)}`);
  }
  const found = id === undefined ? first : sites.find(site => site.id === id);
  if (!found) throw new MuntraError('unknown_site', `Unknown site "${id}"`, `one of these: ${names(sites)}`);
  return found;
}

export const noSites = (id = 'mysite'): MuntraError =>
  new MuntraError('unknown_site', 'There are no sites yet', `muntra sites add ${id} --origin example.com`);

const SHOWN = 8;

function names(sites: Site[]): string {
  const shown = sites.slice(0, SHOWN).map(({ id }) => id);
  return [...shown, ...(sites.length > SHOWN ? ['... (muntra sites list)'] : [])].join(', ');
}
