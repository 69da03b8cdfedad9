/**
 * One shard's stream in Redis: how events get into it once, and come out of it under positions that never repeat.
 *
 * A position is `<incarnation>-<number>`, the entry's id in the stream. Redis numbers the entries of an incarnation, and
 * refuses an incarnation below the last. One ends whenever Redis starts: its append-only file may then lack the newest
 * entries, whose numbers would be given again. A restart shows by itself, because Redis forgets its loaded scripts: the
 * script that appends has its incarnation in its text and is loaded once, by whoever began the incarnation. NOSCRIPT
 * therefore says that it is over. No clock matters within this; a new incarnation is above the last one, and above the
 * time, in milliseconds. What could still be told twice is a position that the store has and Redis lost with the whole
 * beginning of its incarnation, in a power cut or to an older copy of its file, if the clock is behind that beginning too:
 * `read` then raises the incarnation, and only what was appended before it is taken for stored.
 *
 * With `appendfsync everysec` Redis answers before it has written to its file while an fsync is under way; a kill -9 then
 * loses what it acknowledged (with fsyncs slowed down to 0.7 s, six kills under load lost 51,423 of 270,763). So nothing
 * counts as kept, and nothing is read, before `#written`.
 *
 * A batch has a name, and each writer's last one is remembered beside the stream and in the same step. So a batch may be
 * sent again when its fate is unknown, even if the first copy, left in the socket of a stalled Redis, is executed later.
 *
 * The stream is never deleted when it is trimmed empty. If it is gone, Redis lost its data: the log gets a new epoch.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { encodeGoEvent } from '../ingest/go-event.ts';
import { RedisError, type RedisLink } from '../redis.ts';
import { epochKey, eventsKey, writerKey } from '../redis-keys.ts';
import type { Entry, Position } from './buffer.ts';
import { AOF, appendScript, DEPTH, GO_FIELD, JOIN, ROOM } from './redis-scripts.ts';

/** Payloads that are appended together, under a name that no other batch of the writer has. */
export interface Batch {
  writer: string;
  name: string;
  payloads: string[];
}

/** Each attempt but the last meets a change by someone else. */
const ATTEMPTS = 4;
const PAGE = 500;
/** Bytes of payload in one answer of `read`. */
const READ_BYTES = 2 * 2 ** 20;
const WRITTEN_WITHIN = 1000;

export class RedisLog {
  readonly #link: RedisLink;
  readonly #shard: number;
  readonly #events: string;
  /** '' before the first `join`. */
  #incarnation = '';
  #script = '';

  constructor(link: RedisLink, shard: number) {
    this.#link = link;
    this.#shard = shard;
    this.#events = eventsKey(shard);
  }

  async identity(): Promise<string> {
    return `redis:${this.#shard}:${await this.join()}`;
  }

  /** Learns the present incarnation, or begins one where `over` is it or it is below `least`; answers with the epoch. */
  async join({ over = '', least = '0' } = {}): Promise<string> {
    const epoch = randomBytes(8).toString('hex');
    const keys = [this.#events, epochKey(this.#shard)];
    const answer = await this.#link.call('EVAL', JOIN, keys.length, ...keys, over, epoch, least);
    const [incarnation, name, begun] = answer as [string, string, number];
    const { text, sha } = appendScript(incarnation);
    this.#incarnation = incarnation;
    this.#script = sha;
    if (begun === 1) await this.#link.callEach('SCRIPT', 'LOAD', text);
    return name;
  }

  /** Keeps a batch once, however often it is called for it. Throws RedisError, which tells whether it may be there. */
  async append({ writer, name, payloads }: Batch): Promise<void> {
    await this.#run([this.#events, writerKey(this.#shard, writer)], [name, ...payloads]);
    await this.#written();
  }

  /** Moves events out of a list of the Go Muntra, oldest first, a few hundred at a time; answers how many. */
  async takeOver(list: string, { writer, name }: Omit<Batch, 'payloads'>): Promise<number> {
    return Number(await this.#run([this.#events, writerKey(this.#shard, writer), list], [name]));
  }

  /** Whether a full Redis has enough memory again to take events for a while. */
  async hasRoom(): Promise<boolean> {
    return (await this.#link.call('EVAL', ROOM, 1, this.#events)) === 1;
  }

  async #run(keys: string[], args: string[]): Promise<unknown> {
    if (this.#incarnation === '') await this.join();
    for (let attempt = 1; ; attempt++) {
      const incarnation = this.#incarnation;
      try {
        return await this.#link.call('EVALSHA', this.#script, keys.length, ...keys, ...args);
      } catch (error) {
        if (!(error instanceof RedisError) || !isStale(error) || attempt === ATTEMPTS) throw error;
        await this.join(error.reply.startsWith('NOSCRIPT') ? { over: incarnation } : {});
      }
    }
  }

  async read(after: Position | null, limit: number): Promise<Entry[]> {
    if (after !== null && BigInt(incarnationOf(after)) > BigInt(this.#incarnation)) {
      await this.join({ least: incarnationOf(after) });
    }
    const entries: Entry[] = [];
    for (let bytes = 0; entries.length < limit && bytes < READ_BYTES; ) {
      const wanted = Math.min(PAGE, limit - entries.length);
      const last = entries.at(-1)?.position ?? after;
      const start = last === null ? '-' : `(${last}`;
      const page = await this.#link.callForBytes('XRANGE', this.#events, start, '+', 'COUNT', wanted);
      for (const entry of page as StreamEntry[]) {
        entries.push(toEntry(entry));
        bytes += entry[1][1].length;
      }
      if ((page as StreamEntry[]).length < wanted) break;
    }
    if (entries.length > 0) await this.#written();
    return entries;
  }

  async trim(upTo: Position): Promise<void> {
    const [incarnation, number = '0'] = upTo.split('-');
    await this.#link.call('XTRIM', this.#events, 'MINID', `${incarnation}-${BigInt(number) + 1n}`);
  }

  async depth(): Promise<{ events: number; bytes: number }> {
    const [events, bytes] = (await this.#link.call('EVAL', DEPTH, 1, this.#events)) as [number, number];
    return { events, bytes };
  }

  /** Resolves when what Redis has executed is with its kernel; gives up with RedisError `unknown`. */
  async #written(): Promise<void> {
    const deadline = performance.now() + WRITTEN_WITHIN;
    for (let goal = Number.POSITIVE_INFINITY; ; await pause(1)) {
      const [size, lacking] = await this.#aof();
      if (size === undefined || lacking === undefined || lacking === 0 || size >= goal) return;
      if (performance.now() > deadline) throw new RedisError('unknown', '');
      goal = Math.min(goal, size + lacking);
    }
  }

  async #aof(): Promise<number[]> {
    try {
      return ((await this.#link.call('EVAL', AOF, 1, this.#events)) as string[]).map(Number);
    } catch {
      throw new RedisError('unknown', '');
    }
  }
}

type StreamEntry = [id: Buffer, fields: [name: Buffer, value: Buffer]];

function toEntry([id, [field, value]]: StreamEntry): Entry {
  const position = id.toString();
  if (field.toString() !== GO_FIELD) return { position, payload: value };
  return { position, payload: Buffer.from(encodeGoEvent(value.toString(), Number(incarnationOf(position)))) };
}

const incarnationOf = (position: Position): string => position.slice(0, position.indexOf('-'));

/** Refused because of the incarnation or the stream, which `join` puts right. */
const isStale = ({ reply }: RedisError): boolean => /^(NOSCRIPT|GONE)|^ERR The ID specified/.test(reply);
