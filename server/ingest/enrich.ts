/**
 * From a request to an event, or to the reason why it is turned away: one pure function but for its caches, so that
 * `/collect` and `muntra explain` cannot disagree.
 */
import type { DropReason, Site } from '../contract/site.ts';
import { originAllowed, ownDomain } from '../sites/origin.ts';
import { type Agent, readAgent } from './agent.ts';
import { robotOf, SPAM } from './bot.ts';
import type { Event } from './event.ts';
import type { Facts } from './facts.ts';
import { isFile, type Page, type Referrer, readCampaign, readPage, readReferrer } from './page.ts';
import { type Fields, type Hit, Malformed, parseFields, readHit } from './parse.ts';
import { visitorHash } from './visitor.ts';

export interface Place {
  country: string | null;
  region: string | null;
  city: string | null;
}

/** null: not known. */
export type PlaceLookup = (ip: string) => Place | null;

export interface Drop {
  drop: DropReason;
  /** '' where the site is not one of ours. */
  site: string;
  /** What happened, for people. */
  why: string;
  /** Which robot it was, where it was one. */
  bot?: string;
}

export type Enriched = { event: Event; site: Site } | Drop;

export interface Enrichment {
  site(id: string): Site | undefined;
  place: PlaceLookup;
  /** Whether a referrer's host is known for spam. */
  spam(host: string): boolean;
  /** Of the day of `facts.at`. */
  salt: string;
}

/** Never throws on what `facts` holds. */
export function enrich(facts: Facts, { site: find, place, spam, salt }: Enrichment): Enriched {
  let known: Site | undefined;
  try {
    const fields = parseFields(facts.body);
    known = find(siteId(fields));
    if (!known) return { drop: 'unknown_site', site: '', why: 'unknown site' };
    if (!originAllowed(known.origins, facts)) {
      return { drop: 'origin', site: known.id, why: 'origin not allowed for site' };
    }
    const hit = readHit(fields);
    // A path there tells who reads it, as in /home/jane.
    if (isFile(hit.url)) return { drop: 'origin', site: known.id, why: 'the page is a file on a disk' };
    const agent = readAgent(facts.userAgent);
    const robot = robotOf(facts, agent, hit);
    if (robot) return { drop: 'bot', site: known.id, ...robot };
    const page = readPage(hit.url);
    const referrer = readReferrer(hit.referrer, page);
    if (referrer && spam(referrer.domain)) return { drop: 'bot', site: known.id, ...SPAM };
    const visitor = visitorHash(facts.ip, facts.userAgent, salt);
    const event = toEvent(hit, { at: facts.at, site: known, page, referrer, visitor, agent, place: place(facts.ip) });
    return { event, site: known };
  } catch (error) {
    if (error instanceof Malformed) return { drop: 'malformed', site: known?.id ?? '', why: error.message };
    throw error;
  }
}

function siteId(fields: Fields): string {
  if (typeof fields.site_id !== 'string') throw new Malformed('site_id is not a text');
  return fields.site_id;
}

interface Circumstances {
  at: number;
  site: Site;
  page: Page;
  referrer: Referrer | null;
  visitor: string;
  agent: Agent;
  place: Place | null;
}

const NOWHERE: Place = { country: null, region: null, city: null };

function toEvent(hit: Hit, { at, site, page, referrer, visitor, agent, place }: Circumstances): Event {
  // A link from one of the site's own hosts brings nobody.
  const source = referrer && !ownDomain(site.origins, referrer.domain) ? referrer : null;
  return {
    at,
    site: site.id,
    visitor,
    name: hit.name,
    path: page.path,
    query: page.query,
    referrerDomain: source?.domain ?? null,
    referrerPath: source?.path ?? null,
    browser: agent.browser,
    browserVersion: agent.browserVersion,
    os: agent.os,
    osVersion: agent.osVersion,
    device: agent.device,
    ...(place ?? NOWHERE),
    language: hit.language,
    screen: hit.screen,
    viewport: hit.viewport,
    timezone: hit.timezone,
    pixelRatio: hit.pixelRatio,
    ...readCampaign(page.query),
    data: hit.data,
  };
}
