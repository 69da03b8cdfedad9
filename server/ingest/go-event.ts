/** An event as the Go Muntra left it in Redis: a JSON object whose keys are the columns of its `raw_events`. */
import { ENGAGEMENT, EVENT_COLUMNS, type Event, encodeEvent, isStorable } from './event.ts';
import { readCampaign } from './page.ts';
import { cleanJson, cleanOrNull } from './text.ts';

/** UTF-16 units; page.ts says why texts that are rolled up have no more. */
const MAX_TEXT = 800;
const MAX_QUERY = 1000;

/**
 * As `encodeEvent` writes it; `at`: unix milliseconds, for an event without a time. What is no event stays as it is, so that
 * the flush sets it aside with its reason.
 */
export function encodeGoEvent(json: string, at: number): string {
  const values = parse(json);
  if (!values) return json;
  const texts = Object.fromEntries(
    Object.entries(EVENT_COLUMNS).map(([field, column]) => [
      field,
      textOrNull(values[column], field === 'query' ? MAX_QUERY : MAX_TEXT),
    ]),
  ) as Record<keyof Event, string | null>;
  const event: Event = {
    ...texts,
    ...readCampaign(texts.query),
    at: timeOf(values.created_at) ?? at,
    site: texts.site ?? '',
    visitor: texts.visitor ?? '',
    // It had no time reports: an event of that name was a custom one, and ours would count it nowhere.
    name: texts.name === ENGAGEMENT ? `custom ${ENGAGEMENT}` : (texts.name ?? 'pageview'),
    path: texts.path ?? '',
    pixelRatio: Number(values.pixel_ratio) || null,
    data:
      typeof values.event_data === 'object' && values.event_data ? cleanJson(JSON.stringify(values.event_data)) : null,
  };
  return encodeEvent(event);
}

function parse(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

const textOrNull = (value: unknown, max: number): string | null =>
  typeof value === 'string' ? cleanOrNull(value, max) : null;

/** Go writes RFC 3339; numbers are unix milliseconds, or seconds if they are small. undefined for times out of reason. */
function timeOf(value: unknown): number | undefined {
  const given = typeof value === 'number' ? Math.floor(value < 1e11 ? value * 1000 : value) : String(value);
  const time = new Date(given).getTime();
  return isStorable(time) ? time : undefined;
}
