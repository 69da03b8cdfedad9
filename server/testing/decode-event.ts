/** The inverse of `encodeEvent`, for tests of what `/collect` keeps; the server itself never takes a row apart. */
import { EVENT_FIELDS, type Event } from '../ingest/event.ts';

const CHARACTERS: Record<string, string> = { '\\\\': '\\', '\\t': '\t', '\\n': '\n', '\\r': '\r' };

export function decodeEvent(payload: string): Event {
  const values = payload.split('\t').map(value => {
    return value === '\\N' ? null : value.replace(/\\./g, found => CHARACTERS[found] ?? found);
  });
  const event = Object.fromEntries(EVENT_FIELDS.map((field, i) => [field, values[i]]));
  const pixelRatio = event.pixelRatio === null ? null : Number(event.pixelRatio);
  return { ...event, at: Date.parse(event.at ?? ''), pixelRatio } as Event;
}
