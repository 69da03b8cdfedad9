/** What every Buffer promises, as tests: run on each implementation by its own test file. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Buffer, Entry, Position } from './buffer.ts';

/** One log's storage, which outlives the Buffers that are opened on it. */
export interface LogStorage {
  open(): Promise<Buffer>;
  /** Loses all data, while no Buffer is open. */
  wipe(): Promise<void>;
  remove(): Promise<void>;
}

export function describeBuffer(kind: Buffer['kind'], createStorage: () => Promise<LogStorage>): void {
  describe(`a ${kind} buffer`, () => {
    let storage: LogStorage;
    let buffer: Buffer;
    beforeEach(async () => {
      storage = await createStorage();
      buffer = await storage.open();
    });
    afterEach(async () => {
      await buffer.close();
      await storage.remove();
    });

    const appendAll = (payloads: string[]) => Promise.all(payloads.map(payload => buffer.append(payload)));
    const reopen = async () => {
      await buffer.close();
      buffer = await storage.open();
    };

    test('says what it is, and that it takes events', () => expect(buffer).toMatchObject({ kind, up: true }));

    test('is empty at first', async () => {
      expect(await buffer.read(null, 10)).toEqual([]);
      expect((await buffer.depth()).events).toBe(0);
    });

    test('gives back what was appended, in order', async () => {
      const payloads = ['["a"]', 'é 漢字 \u{1f600}\u0000', '', 'x'.repeat(30_000), ...numbered(20)];
      for (const payload of payloads) await buffer.append(payload);
      expect(texts(await buffer.read(null, 100))).toEqual(payloads);
      expect(texts(await buffer.read(null, 100))).toEqual(payloads);
    });

    test('keeps appends that come at the same time, each once', async () => {
      await appendAll(numbered(3000));
      expect(texts(await drain(buffer, 700)).sort()).toEqual(numbered(3000).sort());
    });

    test('is read on from any position', async () => {
      await appendAll(numbered(50));
      const all = await drain(buffer, 7);
      expect(new Set(all.map(entry => entry.position)).size).toBe(50);
      for (const [index, entry] of all.entries()) {
        expect(await buffer.read(entry.position, 2)).toEqual(all.slice(index + 1, index + 3));
      }
    });

    test('shows what is appended while it is read', async () => {
      await appendAll(numbered(3));
      const position = last(await buffer.read(null, 10));
      expect(await buffer.read(position, 10)).toEqual([]);
      await buffer.append('later');
      expect(texts(await buffer.read(position, 10))).toEqual(['later']);
    });

    test('passes nothing over while it is written, read and trimmed at the same time', async () => {
      const kept: string[] = [];
      const stored: string[] = [];
      let position: Position | null = null;
      const drainOnce = async () => {
        const entries = await buffer.read(position, 100);
        stored.push(...texts(entries));
        position = entries.at(-1)?.position ?? position;
        if (position !== null) await buffer.trim(position);
        return entries.length;
      };
      let writing = true;
      const draining = (async () => {
        for (; writing; await nextTurn()) await drainOnce();
      })();
      for (let round = 0; round < 500; round++) {
        const payloads = numbered(40).map(text => `${round} ${text}`.padEnd(50));
        // A small one may be full at times.
        const results = await Promise.allSettled(payloads.map(payload => buffer.append(payload)));
        kept.push(...payloads.filter((_, index) => results[index]?.status === 'fulfilled'));
      }
      writing = false;
      await draining;
      while ((await drainOnce()) > 0);
      expect(stored).toEqual(kept);
      expect(kept.length).toBeGreaterThan(5000);
    });

    test('forgets what is trimmed, and counts what waits', async () => {
      await appendAll(numbered(10));
      const all = await buffer.read(null, 10);
      const full = await buffer.depth();
      expect(full.events).toBe(10);
      await buffer.trim(last(all.slice(0, 4)));
      const rest = await buffer.depth();
      expect(rest.events).toBe(6);
      expect(rest.bytes).toBeLessThanOrEqual(full.bytes);
      expect(await buffer.read(last(all.slice(0, 4)), 10)).toEqual(all.slice(4));
      expect(await buffer.read(null, 10)).toEqual(all.slice(4));
      await buffer.trim(last(all));
      expect((await buffer.depth()).events).toBe(0);
      expect(await buffer.read(last(all), 10)).toEqual([]);
    });

    test('is trimmed twice, backwards or while empty without harm', async () => {
      await appendAll(numbered(10));
      const all = await buffer.read(null, 10);
      for (const upTo of [8, 8, 3, 9]) await buffer.trim(last(all.slice(0, upTo)));
      expect(await buffer.read(last(all.slice(0, 9)), 10)).toEqual(all.slice(9));
      await buffer.trim(last(all));
      await buffer.trim(last(all));
      await buffer.append('next');
      expect(texts(await buffer.read(last(all), 10))).toEqual(['next']);
    });

    test('keeps entries, positions and identity over a restart', async () => {
      const identity = await buffer.identity();
      await appendAll(numbered(100));
      const all = await buffer.read(null, 100);
      await reopen();
      expect(await buffer.identity()).toBe(identity);
      expect(await buffer.read(null, 100)).toEqual(all);
      expect(await buffer.read(last(all.slice(0, 40)), 100)).toEqual(all.slice(40));
      expect((await buffer.depth()).events).toBe(100);
    });

    test('never gives a position twice, trimmed and restarted as it may be', async () => {
      const seen: Position[] = [];
      for (const round of numbered(6)) {
        await appendAll(numbered(5));
        const entries = await drain(buffer, 3, seen.at(-1) ?? null);
        expect(entries).toHaveLength(5);
        seen.push(...entries.map(entry => entry.position));
        if (Number(round) % 2 === 0) await buffer.trim(last(entries));
        await reopen();
        if (Number(round) % 3 === 0) await reopen();
      }
      expect(new Set(seen).size).toBe(30);
    });

    test('is another log after it lost its data', async () => {
      const identity = await buffer.identity();
      await buffer.append('gone');
      await buffer.close();
      await storage.wipe();
      buffer = await storage.open();
      expect(await buffer.identity()).not.toBe(identity);
      expect(await buffer.read(null, 10)).toEqual([]);
    });

    test('refuses appends once closed', async () => {
      await buffer.close();
      await expect(buffer.append('late')).rejects.toMatchObject({ code: 'buffer_unavailable' });
      buffer = await storage.open();
      expect(await buffer.read(null, 10)).toEqual([]);
    });
  });
}

/** All entries after a position, read in pieces. */
export async function drain(buffer: Buffer, limit: number, after: Position | null = null): Promise<Entry[]> {
  const all: Entry[] = [];
  for (;;) {
    const entries = await buffer.read(all.at(-1)?.position ?? after, limit);
    if (entries.length === 0) return all;
    if (entries.length > limit) throw new Error(`${entries.length} entries for a limit of ${limit}`);
    all.push(...entries);
  }
}

export const texts = (entries: Entry[]): string[] => entries.map(entry => entry.payload.toString());

export const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));

function last(entries: Entry[]): Position {
  const entry = entries.at(-1);
  if (!entry) throw new Error('no entries');
  return entry.position;
}
