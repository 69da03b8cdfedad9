/** Which hosts may send events for a site. A site without origins takes them from anywhere. */
import { domainToASCII } from 'node:url';
import { MuntraError } from '../errors.ts';

const DEFAULT_PORTS: Record<string, string> = { https: '443', http: '80' };
const RULE = /^(\*\.)?([^\s:/?#@*[\]]+|\[[\da-f:.]+\])(:\d{1,5})?$/i;
const MAX_LENGTH = 253;

/**
 * `https://Shop.Example.com/` -> `shop.example.com`, `*.müller.de` -> `*.xn--mller-kva.de`, `localhost:3000` as it is.
 * Throws MuntraError `bad_request` on anything else.
 */
export function readOriginRule(text: string): string {
  const bare = text
    .trim()
    .replace(/^https?:\/\//i, '')
    .replace(/\/$/, '');
  const [, wildcard = '', host = '', port = ''] = RULE.exec(bare) ?? [];
  const ascii = host.startsWith('[') ? host.toLowerCase() : domainToASCII(host);
  if (ascii === '' || ascii.length > MAX_LENGTH || Number(port.slice(1)) > 65_535) {
    throw new MuntraError(
      'bad_request',
      `"${text.slice(0, 100)}" is not an origin`,
      'give a host such as example.com, *.example.com or localhost:3000',
    );
  }
  return wildcard + ascii + port;
}

/** Headers of a request; '' where there is none. */
export interface Sender {
  origin: string;
  referer: string;
  host: string;
  /** `Sec-Fetch-Site` */
  fetchSite: string;
}

export function originAllowed(rules: readonly string[], sender: Sender): boolean {
  if (rules.length === 0) return true;
  const match = /^(https?):\/\/([^/?#@:[]+|\[[\da-f:.]+\])(?::(\d+))?(?:[/?#]|$)/i.exec(originOf(sender));
  if (!match) return false;
  const scheme = match[1] ?? '';
  const name = (match[2] ?? '').toLowerCase();
  const port = match[3] ?? DEFAULT_PORTS[scheme.toLowerCase()] ?? '';
  return rules.some(rule => covers(rule, name, port));
}

/**
 * The `Origin`, or where a browser hides it (`null`) or sends none, the `Referer`. Under `Referrer-Policy: no-referrer` some
 * send neither, even to the page's own host; but none lets a page say `same-origin` that is not, and only where there is TLS.
 */
function originOf({ origin, referer, host, fetchSite }: Sender): string {
  if (origin !== '' && origin !== 'null') return origin;
  return referer === '' && fetchSite === 'same-origin' ? `https://${host}` : referer;
}

/** Whether a domain, its `www.` folded away, is one of the site's own, whatever the port. */
export const ownDomain = (rules: readonly string[], domain: string): boolean =>
  rules
    .map(rule => rule.replace(/:\d+$/, ''))
    .some(rule => covers(rule, domain, '') || covers(rule, `www.${domain}`, ''));

/** A rule without a port takes any port. */
function covers(rule: string, host: string, port: string): boolean {
  const colon = rule.endsWith(']') ? -1 : rule.lastIndexOf(':');
  if (colon > 0 && rule.slice(colon + 1) !== port) return false;
  const pattern = colon > 0 ? rule.slice(0, colon) : rule;
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern;
}
