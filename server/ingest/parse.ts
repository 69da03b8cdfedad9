/**
 * The body of `POST /collect`, JSON of an outside browser, read into a `Hit`. A field of the wrong type is refused with
 * its name; a text that is too long is cut; a field that is not known is ignored.
 */
import { cleanJson, cleanOrNull, cleanText } from './text.ts';

/** What a page reported; `url` and `referrer` are still whole. */
export interface Hit {
  url: string;
  referrer: string;
  name: string;
  screen: string | null;
  viewport: string | null;
  timezone: string | null;
  language: string | null;
  pixelRatio: number | null;
  /** JSON text of an object. */
  data: string | null;
  /** The browser says that a program drives it. */
  webdriver: boolean;
  /** From a tracker that looks for `webdriver`: such a one also waits until the page is seen. */
  seen: boolean;
}

/** Lengths in UTF-16 units. */
const LIMITS = { name: 100, screen: 24, viewport: 24, timezone: 64, language: 16 } as const;
const DATA = { bytes: 2048, properties: 20, depth: 5 } as const;
const PAGEVIEW = 'pageview';

export type Fields = Record<string, unknown>;

/** The body cannot be used; the message says why, for the person who wrote the page. */
export class Malformed extends Error {}

/** Throws Malformed when the text is not a JSON object. */
export function parseFields(body: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new Malformed('the body is not JSON');
  }
  if (!isObject(value)) throw new Malformed('the body is not a JSON object');
  return value;
}

/** Throws Malformed with the name of the first field that cannot be used. */
export function readHit(fields: Fields): Hit {
  return {
    url: text(fields, 'url'),
    referrer: text(fields, 'referrer'),
    name: cleanText(text(fields, 'name'), LIMITS.name) || PAGEVIEW,
    screen: short(fields, 'screen'),
    viewport: short(fields, 'viewport'),
    timezone: short(fields, 'timezone'),
    language: short(fields, 'language'),
    pixelRatio: pixelRatio(fields.pixel_ratio),
    data: data(fields.data),
    webdriver: fields.webdriver === true,
    seen: typeof fields.webdriver === 'boolean',
  };
}

function text(fields: Fields, name: string): string {
  const value = fields[name] ?? '';
  if (typeof value !== 'string') throw new Malformed(`${name} is not a text`);
  return value;
}

const short = (fields: Fields, name: 'screen' | 'viewport' | 'timezone' | 'language'): string | null =>
  cleanOrNull(text(fields, name), LIMITS[name]);

/** Browser zoom makes it 1.100000023841858; three digits tell as much. */
function pixelRatio(value: unknown): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'number') throw new Malformed('pixel_ratio is not a number');
  return value > 0 && value <= 100 ? Math.round(value * 1000) / 1000 : null;
}

function data(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (!isObject(value)) throw new Malformed('data is not an object');
  const properties = Object.keys(value).length;
  if (properties === 0) return null;
  if (properties > DATA.properties) throw new Malformed(`data has more than ${DATA.properties} properties`);
  if (deeper(value, DATA.depth)) throw new Malformed(`data is nested deeper than ${DATA.depth} levels`);
  const json = cleanJson(JSON.stringify(value));
  if (Buffer.byteLength(json) > DATA.bytes) throw new Malformed(`data is larger than ${DATA.bytes} bytes`);
  return json;
}

function deeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some(inner => deeper(inner, levels - 1));
}

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
