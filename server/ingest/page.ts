/**
 * Where a hit happened and where it came from: page URL -> host, path, query, campaign; referrer -> domain and path.
 * Cut by hand, as `URL` objects cost more than all else that is done to an event; what is odd is kept as text, never
 * refused.
 */
import { cleanOrNull, cleanText } from './text.ts';

/**
 * UTF-16 units. A path becomes part of rollup keys, and a PostgreSQL index row holds 2,704 bytes: 800 units are at most
 * 2,400 bytes.
 */
const LIMITS = { path: 800, query: 1000, host: 253, campaign: 200 } as const;

export interface Page {
  /** Lower case, without port; '' when the URL has none. */
  host: string;
  path: string;
  query: string | null;
}

export interface Referrer {
  domain: string;
  path: string | null;
}

export interface Campaign {
  utmSource: string | null;
  utmMedium: string | null;
  utmCampaign: string | null;
  utmTerm: string | null;
  utmContent: string | null;
}

interface UrlParts {
  host: string;
  path: string;
  query: string;
  /** With its `#`. */
  fragment: string;
}

/** `https://Example.com/a%C3%A9?x=1` -> host `example.com`, path `/aé`, query `x=1`; also of a bare path. */
export function readPage(url: string): Page {
  const { host, path, query, fragment } = splitUrl(url);
  return {
    host,
    path: cleanText(readable(path) + hashRoute(fragment), LIMITS.path),
    query: cleanOrNull(query, LIMITS.query),
  };
}

/** Whether a page was opened from a disk. */
export const isFile = (url: string): boolean => /^file:/i.test(url);

/** null for none, for one without a usable host, and for the page's own host (with or without `www.`). */
export function readReferrer(referrer: string, page: Page): Referrer | null {
  if (referrer === '') return null;
  const { host, path } = splitUrl(referrer);
  const domain = withoutWww(host);
  if (!/^[a-z\d._:[\]-]+$/.test(domain) || domain.length > LIMITS.host) return null;
  if (domain === withoutWww(page.host)) return null;
  return { domain, path: cleanOrNull(readable(path), LIMITS.path) };
}

const NO_CAMPAIGN: Campaign = {
  utmSource: null,
  utmMedium: null,
  utmCampaign: null,
  utmTerm: null,
  utmContent: null,
};

const CAMPAIGN_FIELDS = new Map<string, keyof Campaign>([
  ['utm_source', 'utmSource'],
  ['utm_medium', 'utmMedium'],
  ['utm_campaign', 'utmCampaign'],
  ['utm_term', 'utmTerm'],
  ['utm_content', 'utmContent'],
]);

/** The `utm_*` parameters of a page's query; the first of each name counts. */
export function readCampaign(query: string | null): Campaign {
  if (!query?.includes('utm_')) return NO_CAMPAIGN;
  const campaign = { ...NO_CAMPAIGN };
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=');
    const field = equals > 0 ? CAMPAIGN_FIELDS.get(pair.slice(0, equals)) : undefined;
    if (field) campaign[field] ??= cleanOrNull(decoded(pair.slice(equals + 1)), LIMITS.campaign);
  }
  return campaign;
}

const SCHEME = /^[a-z][a-z\d+.-]*:\/\//i;

function splitUrl(url: string): UrlParts {
  const start = SCHEME.test(url) ? url.indexOf('://') + 3 : 0;
  const hash = endAt(url, '#', start, url.length);
  const query = endAt(url, '?', start, hash);
  const slash = start === 0 ? 0 : endAt(url, '/', start, query);
  return {
    host: start === 0 ? '' : hostOf(url.slice(start, slash)),
    path: start > 0 && slash === query ? '/' : url.slice(slash, query),
    query: url.slice(query + 1, hash),
    fragment: url.slice(hash),
  };
}

/** Where a mark first stands between two places, or the second of them. */
function endAt(text: string, mark: string, from: number, to: number): number {
  const at = text.indexOf(mark, from);
  return at < 0 || at > to ? to : at;
}

/** `user@Example.COM.:8080` -> `example.com` */
function hostOf(authority: string): string {
  const host = authority.slice(authority.lastIndexOf('@') + 1).replace(/\.?(:\d*)?$/, '');
  return host.toLowerCase();
}

const withoutWww = (host: string): string => (host.startsWith('www.') ? host.slice(4) : host);

/** `#/route` and `#!/route` are pages of a hash router; any other fragment is a place within a page. */
function hashRoute(fragment: string): string {
  return /^#!?\//.test(fragment) ? readable(fragment.slice(0, endAt(fragment, '?', 0, fragment.length))) : '';
}

/** Percent escapes as people read them; those of reserved characters stay, so that the path means the same. */
function readable(path: string): string {
  if (!path.includes('%')) return path;
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

function decoded(value: string): string {
  const spaced = value.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}
