import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLogger } from '../log.ts';
import { amount } from '../testing/long.ts';
import type { Entry, Position } from './buffer.ts';
import { describeBuffer, drain, numbered, texts } from './conformance.ts';
import { openSpool } from './spool.ts';

const silent = createLogger('silent', process.stdout);

for (const sync of ['second', 'always'] as const) {
  describeBuffer('spool', async () => {
    const root = mkdtempSync(join(tmpdir(), 'muntra-spool-'));
    const dir = join(root, 'spool');
    return {
      open: () => openSpool({ dir, maxBytes: 2 ** 18, sync, log: silent }),
      wipe: () => rm(dir, { recursive: true }),
      remove: () => rm(root, { recursive: true }),
    };
  });
}

let root = '';
let dir = '';
let lines: string[] = [];
const log = createLogger('info', { write: line => lines.push(line) });
const messages = () => lines.map(line => JSON.parse(line).msg);
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'muntra-spool-'));
  dir = join(root, 'spool');
  lines = [];
});
afterEach(() => rm(root, { recursive: true }));

const open = (options: { dir?: string; maxBytes?: number } = {}) =>
  openSpool({ dir, maxBytes: 2 ** 24, sync: 'second', log, ...options });

/** A closed log in `dir` with one segment for each list. */
async function writeSegments(segments: string[][]): Promise<void> {
  for (const payloads of segments) {
    const spool = await open();
    await Promise.all(payloads.map(payload => spool.append(payload)));
    await spool.close();
  }
}

describe('damage', () => {
  test('a tail torn at any byte loses nothing before it, and no position comes twice', async () => {
    const payloads = numbered(12).map(text => `event ${text}`);
    await writeSegments([payloads]);
    const [whole = ''] = names(dir);
    const size = statSync(join(dir, whole)).size;
    for (let cut = 0; cut <= size; cut++) {
      const copy = join(root, `cut-${cut}`);
      await cp(dir, copy, { recursive: true });
      truncateSync(join(copy, whole), cut);
      const spool = await open({ dir: copy });
      const before = await drain(spool, 5);
      expect(texts(before)).toEqual(payloads.slice(0, wholeBefore(payloads, cut)));
      await spool.append('next');
      const [next] = await spool.read(before.at(-1)?.position ?? null, 10);
      expect(next?.payload.toString()).toBe('next');
      expect(Number.parseInt(next?.position ?? '', 10)).toBeGreaterThan(cut);
      await spool.close();
    }
  });

  test(
    'bytes flipped, cut off, put in, or written over: never a wrong event, and never one lost before them',
    async () => {
      const payload = fc.oneof(fc.string({ maxLength: 40 }), fc.string({ minLength: 3000, maxLength: 9000 }));
      const segments = fc.array(fc.array(payload, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 3 });
      const where = fc.nat();
      await fc.assert(
        fc.asyncProperty(
          segments,
          where,
          where,
          damage,
          fc.boolean(),
          async (written, segment, byte, change, early) => {
            await rm(dir, { recursive: true, force: true });
            await writeSegments(written);
            const paths = names(dir)
              .map(name => join(dir, name))
              .filter(path => statSync(path).size > 0);
            const damaged = segment % paths.length;
            const spool = early ? undefined : await open();
            const offset = spoil(paths[damaged] ?? '', byte, change);
            const reader = spool ?? (await open());
            const expected = written.flatMap((payloads, index) =>
              index === damaged ? payloads.slice(0, wholeBefore(payloads, offset)) : payloads,
            );
            expect(texts(await drain(reader, 3))).toEqual(expected);
            expect((await reader.depth()).events).toBe(expected.length);
            await reader.append('next');
            expect(texts(await drain(reader, 3))).toEqual([...expected, 'next']);
            await reader.close();
          },
        ),
        { numRuns: amount(60, 20_000) },
      );
    },
    amount(60_000, 1_800_000),
  );

  test('one line tells of it', async () => {
    await writeSegments([numbered(20), numbered(3)]);
    flip(join(dir, names(dir)[0] ?? ''), 100, 1);
    const spool = await open();
    await drain(spool, 3);
    await drain(spool, 3);
    expect(lines.filter(line => line.includes('skips the unreadable end'))).toHaveLength(1);
    await spool.close();
  });

  test('in the segment that is being written: later events are not behind it', async () => {
    const spool = await open();
    for (const payload of ['a', 'b', 'c']) await spool.append(payload);
    await spool.read(null, 1);
    flip(join(dir, names(dir)[0] ?? ''), 12, 1);
    await spool.append('d');
    expect(texts(await drain(spool, 10))).toEqual(['a']);
    await spool.append('e');
    expect(texts(await drain(spool, 10))).toEqual(['a', 'e']);
    await spool.close();
  });
});

describe('limits', () => {
  test('a full spool turns events away, says so once, and takes them again when it is trimmed', async () => {
    const spool = await open({ maxBytes: 20_000 });
    const payload = 'x'.repeat(492);
    let kept = 0;
    for (; kept < 100; kept++) {
      if (await spool.append(payload).then(() => false, isFull)) break;
    }
    expect(kept).toBe(40);
    await expect(spool.append(payload)).rejects.toMatchObject({ code: 'buffer_full' });
    const entries = await drain(spool, 7);
    expect(entries).toHaveLength(40);
    await spool.trim(entries.at(-1)?.position ?? '');
    await spool.append(payload);
    expect(await drain(spool, 7, entries.at(-1)?.position)).toHaveLength(1);
    expect(messages()).toEqual(['spool: turns events away, it has reached its limit', 'spool: keeps events again']);
    await spool.close();
  });

  test('appends that wait for the disk are capped', async () => {
    const spool = await open();
    const results = await Promise.allSettled(numbered(10_500).map(text => spool.append(text)));
    const kept = results.filter(({ status }) => status === 'fulfilled').length;
    expect(kept).toBe(10_000);
    expect(await drain(spool, 5000)).toHaveLength(kept);
    await spool.close();
  });

  test('a payload above the cap is refused, the largest is kept', async () => {
    const spool = await open();
    await expect(spool.append('x'.repeat(2 ** 16 + 1))).rejects.toMatchObject({ code: 'too_large' });
    await spool.append('x'.repeat(2 ** 16));
    expect(texts(await spool.read(null, 1))).toEqual(['x'.repeat(2 ** 16)]);
    await spool.close();
  });

  test('one answer holds a few megabytes at most', async () => {
    const spool = await open();
    for (let index = 0; index < 60; index++) await spool.append('x'.repeat(2 ** 16));
    expect((await spool.read(null, 1000)).length).toBeLessThan(40);
    expect(await drain(spool, 1000)).toHaveLength(60);
    await spool.close();
  });

  test('segments are ended at their size and deleted when trimmed', async () => {
    const spool = await open();
    const payload = 'x'.repeat(60_000);
    for (let index = 0; index < 150; index++) await spool.append(payload);
    expect(names(dir).length).toBeGreaterThan(2);
    const entries = await drain(spool, 20);
    expect(entries).toHaveLength(150);
    await spool.trim(entries.at(-1)?.position ?? '');
    expect(names(dir)).toHaveLength(1);
    expect(statSync(join(dir, names(dir)[0] ?? '')).size).toBe(0);
    await spool.close();
  });

  test('what is trimmed is deleted also where no new segment can be made, as on a full disk', async () => {
    await writeSegments([['a'], ['b']]);
    const spool = await open();
    await spool.append('c');
    const position = (await drain(spool, 5)).at(-1)?.position ?? '';
    const inTheWay = join(dir, `${position.padStart(33, '0')}.spool`);
    writeFileSync(inTheWay, '');
    expect(names(dir)).toHaveLength(4);
    await spool.trim(position);
    expect(names(dir)).toHaveLength(2);
    expect(await spool.depth()).toEqual({ events: 0, bytes: 0 });
    await rm(inTheWay);
    await spool.append('d');
    expect(await spool.depth()).toMatchObject({ events: 1 });
    const [next] = await drain(spool, 5);
    expect(next?.payload.toString()).toBe('d');
    await spool.trim(next?.position ?? '');
    expect(names(dir).map(name => statSync(join(dir, name)).size)).toEqual([0]);
    await spool.close();
  });

  test('what cannot be deleted is forgotten all the same, until the next opening, and counts for the limit', async () => {
    await writeSegments([['x'.repeat(15_000)], ['a']]);
    const spool = await open({ maxBytes: 20_000 });
    const position = (await drain(spool, 5)).at(-1)?.position ?? '';
    const [oldest = ''] = names(dir);
    await rm(join(dir, oldest));
    mkdirSync(join(dir, oldest));
    await spool.trim(position);
    expect(await spool.depth()).toEqual({ events: 0, bytes: 0 });
    expect(names(dir)).toEqual([oldest, names(dir).at(-1)]);
    expect(messages()).toEqual(['spool: a stored segment cannot be deleted']);
    await expect(spool.append('x'.repeat(6000))).rejects.toMatchObject({ code: 'buffer_full' });
    await spool.close();
  });

  test('openings without events leave no files behind', async () => {
    await writeSegments([[], [], ['a'], [], []]);
    expect(names(dir).length).toBe(2);
  });
});

describe('the directory', () => {
  test('is private', async () => {
    await writeSegments([['a']]);
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    expect(statSync(join(dir, names(dir)[0] ?? '')).mode & 0o777).toBe(0o600);
  });

  test('other files in it are left alone', async () => {
    await writeSegments([['a']]);
    writeFileSync(join(dir, 'note.txt'), 'mine');
    const spool = await open();
    expect(texts(await drain(spool, 10))).toEqual(['a']);
    expect(readFileSync(join(dir, 'note.txt'), 'utf8')).toBe('mine');
    await spool.close();
  });

  test('holds a log of each opening: an answer is of one, the one that `identity` names', async () => {
    await writeSegments([['a', 'b'], [], ['c']]);
    const spool = await open();
    await spool.append('d');
    const identities = [];
    let position: Position | null = null;
    for (const expected of [['a', 'b'], ['c'], ['d'], []]) {
      identities.push(await spool.identity());
      const entries: Entry[] = await spool.read(position, 10);
      expect(texts(entries)).toEqual(expected);
      position = entries.at(-1)?.position ?? position;
      if (position !== null) await spool.trim(position);
    }
    expect(new Set(identities).size).toBe(3);
    expect(identities.at(-1)).toBe(identities.at(-2));
    await spool.close();
  });

  test.each([
    ['', 'of an earlier version, which had one log'],
    [`-${'0'.repeat(16)}`, 'of today'],
  ])('as an older copy of itself: no position that the store knows is one of what comes (%j, %s)', async epoch => {
    await writeSegments([['a']]);
    const [name = ''] = names(dir);
    renameSync(join(dir, name), join(dir, `${name.slice(0, 16)}-${'0'.repeat(16)}.spool`));
    const stored = `1000${epoch}`;
    const spool = await open();
    await spool.append('b');
    expect(texts(await spool.read(stored, 10))).toEqual(['b']);
    await spool.trim(stored);
    expect(await spool.depth()).toMatchObject({ events: 1 });
    await spool.trim(stored);
    expect(texts(await spool.read(stored, 10))).toEqual(['b']);
    await spool.close();
  });

  test('under a process of which a twin stores: one line, and what comes is behind all that the twin stored', async () => {
    const spool = await open();
    const epoch = (await spool.identity()).replace('spool:', '');
    await spool.append('before');
    for (const _ of [1, 2]) expect(await spool.read(`1000-${epoch}`, 10)).toEqual([]);
    await spool.append('after');
    expect(texts(await spool.read(`1000-${epoch}`, 10))).toEqual(['after']);
    expect(messages()).toEqual(['spool: the store knows later positions; does a copy of this machine run?']);
    await spool.close();
  });

  test('that cannot be used is an error with a hint', async () => {
    writeFileSync(dir, '');
    await expect(open()).rejects.toMatchObject({ code: 'data_dir' });
  });

  test('a position of another log is refused', async () => {
    const spool = await open();
    await expect(spool.read('1-2', 10)).rejects.toThrow('not a position of the spool');
    await spool.close();
  });
});

const names = (path: string) =>
  readdirSync(path)
    .filter(name => name.endsWith('.spool'))
    .sort();
const isFull = (error: { code?: string }) => error.code === 'buffer_full';

/** What becomes of a file's bytes from `at` on. */
type Damage = (bytes: Buffer, at: number) => Buffer;

const overwrite =
  (other: Uint8Array): Damage =>
  (bytes, at) => {
    const changed = Buffer.from(bytes);
    changed.set(other.subarray(0, bytes.length - at), at);
    return changed;
  };
const flipBy =
  (change: number): Damage =>
  (bytes, at) =>
    overwrite(Uint8Array.of((bytes[at] ?? 0) ^ change))(bytes, at);

const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.integer({ min: 1, max: 255 }).map(flipBy),
  fc.constant<Damage>((bytes, at) => bytes.subarray(0, at)),
  fc
    .uint8Array({ minLength: 1, maxLength: 100 })
    .map<Damage>(noise => (bytes, at) => Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)])),
  fc.uint8Array({ minLength: 1, maxLength: 100 }).map(overwrite),
  // What a file system leaves of blocks that were never written.
  fc.integer({ min: 1, max: 5000 }).map(length => overwrite(new Uint8Array(length))),
);

/** Damages a file at one of its bytes; answers the offset of the first byte that is another now. */
function spoil(path: string, where: number, change: Damage): number {
  const bytes = readFileSync(path);
  const changed = change(bytes, where % bytes.length);
  writeFileSync(path, changed);
  const first = bytes.findIndex((byte, i) => changed[i] !== byte);
  return first < 0 ? bytes.length : first;
}

const flip = (path: string, where: number, change: number): number => spoil(path, where, flipBy(change));

/** How many records end at or before a file offset. */
function wholeBefore(payloads: string[], offset: number): number {
  let end = 0;
  const whole = payloads.filter(payload => {
    end += 8 + Buffer.byteLength(payload);
    return end <= offset;
  });
  return whole.length;
}
