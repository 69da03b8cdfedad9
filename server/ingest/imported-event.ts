/**
 * A line of an import, read into an event: a JSON object whose keys are columns of `raw_events`, as an export writes them.
 * In the place of what Muntra takes from a page's address, referrer and user agent a line may have these themselves.
 */
import { hash } from 'node:crypto';
import { isIP } from 'node:net';
import type { ImportedEvent } from '../contract/transfer.ts';
import { ownDomain } from '../sites/origin.ts';
import { readAgent } from './agent.ts';
import { EVENT_COLUMNS, type Event, isStorable } from './event.ts';
import { readCampaign, readPage, readReferrer } from './page.ts';
import { type Fields, Malformed, parseFields } from './parse.ts';
import { cleanJson, cleanOrNull, cleanText } from './text.ts';

/**
 * UTF-16 units; what is longer is cut, `line` and `data` are refused. Almost every text becomes part of rollup keys, whose
 * rows hold 800 units at most (page.ts says why); `whole`: an address or a user agent, of which only parts are kept.
 */
const LIMITS = { line: 16_384, name: 100, query: 1000, text: 800, whole: 8192, data: 8192 } as const;
const HASH = /^[\da-f]{32}$/;

const OTHERS: readonly string[] = ['at', 'pixelRatio', 'data'];
const TEXTS = Object.entries(EVENT_COLUMNS).filter(([field]) => !OTHERS.includes(field));

type Texts = Record<keyof Event, string | null>;
type Key = keyof ImportedEvent;

/**
 * `given` is a site that wins over the line's own; `originsOf`: the rules of a site, whose own links bring nobody. Throws
 * Malformed, which says what is wrong with the line.
 */
export function readImported(
  line: string,
  given: string | undefined,
  originsOf: (site: string) => readonly string[],
): Event {
  if (line.length > LIMITS.line) throw new Malformed(`the line is longer than ${LIMITS.line} characters`);
  const fields = parseLine(line);
  const texts = Object.fromEntries(
    TEXTS.map(([field, column]) => [field, text(fields, column, column === 'url_query' ? LIMITS.query : LIMITS.text)]),
  ) as Texts;
  const site = given ?? required(fields, 'site_id');
  return {
    ...texts,
    ...readAddress(fields, texts, originsOf(site)),
    ...readBrowser(fields),
    at: readTime(fields.created_at),
    site,
    visitor: readVisitor(required(fields, 'visitor_hash')),
    name: cleanText(texts.name ?? 'pageview', LIMITS.name),
    pixelRatio: readNumber(fields, 'pixel_ratio'),
    data: readData(fields.event_data),
  };
}

function parseLine(line: string): Fields {
  try {
    return parseFields(line);
  } catch {
    throw new Malformed('the line is not a JSON object');
  }
}

function readAddress(fields: Fields, { path }: Texts, origins: readonly string[]) {
  const url = text(fields, 'url', LIMITS.whole);
  const page = readPage(url ?? '');
  const referrer = readReferrer(text(fields, 'referrer', LIMITS.whole) ?? '', page);
  return {
    path: path ?? page.path,
    ...(url !== null && { query: page.query, ...readCampaign(page.query) }),
    ...(referrer &&
      !ownDomain(origins, referrer.domain) && { referrerDomain: referrer.domain, referrerPath: referrer.path }),
  };
}

function readBrowser(fields: Fields): Partial<Event> {
  const userAgent = text(fields, 'user_agent', LIMITS.whole);
  if (userAgent === null) return {};
  const { bot, ...agent } = readAgent(userAgent);
  if (bot) throw new Malformed('user_agent is that of a robot');
  return agent;
}

/** Milliseconds; a text without an offset is taken for UTC. */
function readTime(value: unknown): number {
  const time = typeof value === 'string' ? readIso(value) : Math.floor(typeof value === 'number' ? value : Number.NaN);
  if (isStorable(time)) return time;
  throw new Malformed('created_at is not a time of 1990 to 2099, as 2025-11-30T12:00:00.000Z or in unix milliseconds');
}

const ISO = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(?:Z|([+-]\d\d)(?::?(\d\d))?)?)?$/;

/** Only ISO 8601: of other texts `Date.parse` guesses much, in the time zone of the server. NaN for what it is not. */
function readIso(text: string): number {
  const [whole, date, time = '00:00', hours = '+00', minutes = '00'] = ISO.exec(text) ?? [];
  if (whole === undefined || !isDay(`${date}`)) return Number.NaN;
  return Date.parse(`${date}T${time}${hours}:${minutes}`);
}

/** `Date.parse` takes 31 November for 1 December. */
const isDay = (date: string): boolean => {
  const midnight = Date.parse(`${date}T00:00Z`);
  return !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(date);
};

/** Whatever tells visitors apart elsewhere is made a hash; Muntra's own stay what they are. */
function readVisitor(given: string): string {
  if (isAddress(given)) throw new Malformed('visitor_hash is an address: hash it with a secret of your own first');
  return HASH.test(given) ? given : hash('sha256', given).slice(0, 32);
}

/** With a port, in brackets or as a network, too. So few are there that a hash of one tells which it is. */
function isAddress(text: string): boolean {
  const single = text.trim().replace(/\/\d+$/, '');
  return isIP(single.replace(/^\[(.*)\](?::\d+)?$|^([\d.]+):\d+$/, '$1$2')) !== 0;
}

function readNumber(fields: Fields, key: Key): number | null {
  const value = fields[key] ?? null;
  if (value === null || (typeof value === 'number' && Number.isFinite(value))) return value;
  throw new Malformed(`${key} is not a number`);
}

function readData(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'object' || Array.isArray(value)) throw new Malformed('event_data is not an object');
  const json = cleanJson(JSON.stringify(value));
  if (json.length > LIMITS.data) throw new Malformed(`event_data is longer than ${LIMITS.data} characters`);
  return json;
}

function required(fields: Fields, key: Key): string {
  const value = text(fields, key);
  if (value === null) throw new Malformed(`${key} is missing`);
  return value;
}

function text(fields: Fields, key: string, limit: number = LIMITS.text): string | null {
  const value = fields[key] ?? null;
  if (value === null) return null;
  if (typeof value !== 'string') throw new Malformed(`${key} is not a text`);
  return cleanOrNull(value, limit);
}
