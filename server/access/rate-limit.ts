/**
 * How often one source may come: so many times a second, and a burst of ten seconds' worth. The generic cell rate
 * algorithm (ITU-T I.371) needs one number for each: when all that it has asked for would be done at that rate.
 *
 * Visitors are kept in a table of fixed size under a keyed hash of their address, so that no flood of addresses makes it
 * grow and nobody can find addresses that share a place. When a place is needed, the source that has been quiet for the
 * longest is forgotten: a flood from very many addresses is not held here but by the limit of the site.
 */
import { randomBytes } from 'node:crypto';
import { addressBytes } from '../ingest/address.ts';
import { halfSipHash, type KeyedHash } from './half-sip-hash.ts';

const BURST = 10_000;
const SECOND = 1000;
/** 16,384 sources in 192 KB. */
const SETS = 4096;
const WAYS = 4;

/** Whether a source may come now, unix milliseconds; if so it is counted. */
export type RateLimit<Source> = (source: Source, now: number) => boolean;

const unlimited: RateLimit<unknown> = () => true;

/** By address, IPv6 by /64, which is what one household has. `perSecond` 0: no limit. */
export function visitorLimit(perSecond: number): RateLimit<string> {
  if (perSecond === 0) return unlimited;
  const advance = pace(perSecond);
  const hash = halfSipHash(randomKey());
  const tags = new Uint32Array(SETS * WAYS);
  const dues = new Float64Array(SETS * WAYS);

  /** Where a source is kept, or may be. */
  function place(tag: number): number {
    const first = (tag % SETS) * WAYS;
    let quietest = first;
    for (let i = first; i < first + WAYS; i++) {
      if (tags[i] === tag) return i;
      if ((dues[i] ?? 0) < (dues[quietest] ?? 0)) quietest = i;
    }
    tags[quietest] = tag;
    dues[quietest] = 0;
    return quietest;
  }

  return (ip, now) => {
    const tag = addressHash(hash, ip);
    // Not an address: a proxy on a Unix socket that tells none.
    if (tag === undefined) return true;
    const at = place(tag);
    const due = advance(dues[at] ?? 0, now);
    if (due === undefined) return false;
    dues[at] = due;
    return true;
  };
}

/** By objects that others keep, such as the sites. */
export function limitOf<Source extends object>(perSecond: number): RateLimit<Source> {
  if (perSecond === 0) return unlimited;
  const advance = pace(perSecond);
  const dues = new WeakMap<Source, number>();
  return (source, now) => {
    const due = advance(dues.get(source) ?? 0, now);
    if (due === undefined) return false;
    dues.set(source, due);
    return true;
  };
}

/** (when all of a source will be done, now) -> the same with one more; undefined when that is too much. */
function pace(perSecond: number): (due: number, now: number) => number | undefined {
  const interval = SECOND / perSecond;
  return (due, now) => {
    // Only a clock that was set back makes more of it than a burst.
    const next = (due > now + BURST ? now : Math.max(due, now)) + interval;
    return next > now + BURST ? undefined : next;
  };
}

function addressHash(hash: KeyedHash, ip: string): number | undefined {
  const bytes = addressBytes(ip);
  if (!bytes) return undefined;
  // No /64 that is given out looks like this.
  return bytes.length === 4 ? hash(word(bytes, 0), -1) : hash(word(bytes, 0), word(bytes, 4));
}

const word = (bytes: readonly number[], at: number): number =>
  ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);

function randomKey(): [number, number] {
  const bytes = randomBytes(8);
  return [bytes.readInt32LE(0), bytes.readInt32LE(4)];
}
