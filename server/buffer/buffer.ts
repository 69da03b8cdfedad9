/**
 * The seam between `/collect` and the flush: an append-only log of encoded events.
 *
 * A position names a place in one log, in the log's own notation, and never comes twice. The flush keeps the last
 * position it has stored in PostgreSQL beside the events themselves, so the log may replay and nothing doubles.
 */
import type { Buffer as Bytes } from 'node:buffer';

/** A place in a log; only the log that gave it can compare it. */
export type Position = string;

/** One event as it waits. `payload` is what `encodeEvent` made, in UTF-8: of bytes outside of V8's heap a batch may have many. */
export interface Entry {
  position: Position;
  payload: Bytes;
}

export interface Buffer {
  /** Kind of storage, for people: `spool` or `redis`. */
  readonly kind: 'spool' | 'redis';

  /** Whether it takes events, as far as it knows. */
  readonly up: boolean;

  /**
   * Name of the log whose entries come next, together with its epoch. It changes where the buffer goes on with another
   * log, as one that lost its data does, so that the positions stored under the old one are not used against it.
   */
  identity(): Promise<string>;

  /**
   * Keeps one payload; resolves once it survives a kill of this process (and, by its settings, of the machine).
   * Throws MuntraError `buffer_full`, `buffer_unavailable` or `too_large`; then the payload was not kept.
   */
  append(payload: string): Promise<void>;

  /**
   * Up to `limit` entries after a position (`null`: from the oldest), in order of their positions. May stop short of the
   * limit to save memory; only an empty answer says that nothing waits. One answer is of one log: that of `identity` before
   * and after it, if both are the same and the buffer was trimmed up to `after`.
   */
  read(after: Position | null, limit: number): Promise<Entry[]>;

  /** Forgets everything up to and including a position. Trimming twice, or what is not there, does no harm. */
  trim(upTo: Position): Promise<void>;

  /** How many entries wait and the bytes they take; may count entries that a crash left untrimmed. */
  depth(): Promise<{ events: number; bytes: number }>;

  close(): Promise<void>;
}
