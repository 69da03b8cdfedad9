/**
 * What becomes of an event and why, step by step, for people. The verdict is that of `enrich`, as for every event; the
 * steps only put it into words. Nothing of it is kept.
 */
import type { ExplainRequest, ExplainStep } from '../contract/explain.ts';
import { type Enriched, type Enrichment, enrich } from './enrich.ts';
import type { Event } from './event.ts';

export interface Explained {
  enriched: Enriched;
  steps: ExplainStep[];
}

/** What `enrich` decides, in its order, and the reason for which each turns an event away. */
const DECISIONS = [
  { name: 'site', reason: 'unknown_site' },
  { name: 'origin', reason: 'origin' },
  { name: 'fields', reason: 'malformed' },
  { name: 'reader', reason: 'bot' },
] as const;

/** `at`: unix milliseconds. */
export function explain(asked: ExplainRequest, at: number, enrichment: Enrichment): Explained {
  const { site: id, url, referrer, ip, userAgent, origin } = asked;
  const body = JSON.stringify({ site_id: id, url, referrer });
  const others = { referer: '', host: '', purpose: '', brands: '', fetchMode: '', fetchSite: '', from: '' };
  const sent = { at, body, ip, userAgent, origin, ...others };
  const enriched = enrich(sent, enrichment);

  const details: Record<(typeof DECISIONS)[number]['name'], string> = {
    site: `${id} is known`,
    origin: enrichment.site(id)?.origins.length === 0 ? 'any may send events' : `${origin} may send events`,
    fields: 'can be read',
    reader: 'nothing says that it is a robot',
  };
  const failed = 'drop' in enriched ? DECISIONS.findIndex(({ reason }) => reason === enriched.drop) : DECISIONS.length;
  const passed = DECISIONS.slice(0, failed).map(({ name }) => step(name, details[name]));
  const rest =
    'drop' in enriched
      ? [{ name: DECISIONS[failed]?.name ?? 'event', ok: false, detail: enriched.why }]
      : keptSteps(enriched.event);
  return { enriched, steps: [...passed, ...rest] };
}

const step = (name: string, detail: string): ExplainStep => ({ name, ok: true, detail });

function keptSteps(event: Event): ExplainStep[] {
  const { browser, browserVersion, os, osVersion, device, country, region, city } = event;
  const words = (...parts: (string | null)[]): string => parts.filter(part => part !== null).join(' ') || 'not known';
  return [
    step('browser', `${words(browser, browserVersion)} on ${words(os, osVersion)}, ${words(device)}`),
    step('place', words(country, region, city)),
    step('page', event.query === null ? event.path : `${event.path} with the query ${event.query}`),
    step('referrer', event.referrerDomain ?? 'none, or one of the site itself'),
    step('visitor', 'a hash of address, user agent and the salt of the day; the address is forgotten'),
  ];
}
