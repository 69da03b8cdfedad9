import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeEvent } from '../testing/decode-event.ts';
import { sampleEvent } from '../testing/sample-event.ts';
import { EVENT_FIELDS, type Event, encodeEvent, readRow, toRow } from './event.ts';

/** Everything that COPY treats in a way of its own, and what looks like it. */
const text = fc.string({ unit: fc.constantFrom('\\', '\t', '\n', '\r', 'N', '.', 'x', '"', '𝄞', ' ') });

test('an event is one line, whatever is in it, and can be read again', () => {
  const events = fc
    .record({ path: text, query: fc.option(text), browser: fc.option(text), data: fc.option(text), name: text })
    .map(given => sampleEvent(given));
  fc.assert(
    fc.property(events, event => {
      const row = toRow(event);
      expect(row.text.toString()).not.toMatch(/[\n\r]/);
      expect(decodeEvent(row.text.toString())).toEqual(event);
      expect(readRow(Buffer.from(encodeEvent(event)))).toEqual(row);
    }),
  );
});

test('each field stands in its own column', () => {
  const named = Object.fromEntries(EVENT_FIELDS.map(field => [field, field]));
  const event: Event = { ...sampleEvent(), ...named, at: Date.UTC(2025, 10, 30), pixelRatio: 2 };
  expect(decodeEvent(encodeEvent(event))).toEqual(event);
});

describe('readRow', () => {
  const payload = encodeEvent(sampleEvent());

  test('fills in columns that an older version did not know', () => {
    const older = payload.split('\t').slice(0, 20).join('\t');
    expect(readRow(Buffer.from(older)).text.toString()).toBe(older + '\t\\N'.repeat(EVENT_FIELDS.length - 20));
  });

  test.each([
    ['nothing', ''],
    ['JSON', '{"site_id":"mysite"}'],
    ['a line break', `${payload}\nx`],
    ['too many columns', `${payload}\tx`],
    ['a time only', payload.split('\t')[0]],
    ['no site', payload.replace('\tmysite\t', '\t\t')],
    ['NULL for a site', payload.replace('\tmysite\t', '\t\\N\t')],
    ['no time', payload.replace(/^[^\t]*/, '')],
    ['another time', payload.replace(/^[^\t]*/, '1764504000000')],
  ])('refuses %s', (_, text = '') => {
    expect(() => readRow(Buffer.from(text))).toThrow('not an event');
  });
});
