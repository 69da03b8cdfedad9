/**
 * Moves what waits in one buffer into the store, exactly once: one transaction stores a batch of events together with
 * the position up to which the buffer is stored, and only then the buffer is trimmed. A crash anywhere, or a commit whose
 * outcome nobody heard of, leaves a position that tells where to go on.
 *
 * A batch is read before its transaction, which then claims it by moving the position from where the read began. So no
 * lock is held while a buffer is slow, and of any number of flushers one stores the batch. To read the next batch while one
 * is stored was tried: it was no faster.
 */
import type { Buffer, Entry, Position } from '../buffer/buffer.ts';
import { isStorable, readRow } from '../ingest/event.ts';
import type { Store } from '../store/postgres.ts';
import { movePosition, readPosition } from './positions.ts';
import { type DecodedEntry, type RejectedEntry, setAside, storeOrReject } from './rejected.ts';

export interface Drained {
  events: number;
  rejected: number;
}

export interface DrainOptions {
  store: Store;
  /** Entries in one transaction. */
  batchSize: number;
  /** Ends the work after the batch that it is at. */
  signal: AbortSignal;
  /** What is stored is added here, batch by batch: a later failure does not undo it. */
  total: Drained;
}

/** Stores everything that waits at the time of the call. Errors as of the buffer and of `Store.transaction`. */
export async function drain(buffer: Buffer, { store, batchSize, signal, total }: DrainOptions): Promise<void> {
  let { events: waiting } = await buffer.depth();
  if (waiting === 0) return;
  let log = await resume(buffer, store);
  while (waiting > 0 && !signal.aborted) {
    const entries = await buffer.read(log.position, batchSize);
    if ((await buffer.identity()) !== log.identity) {
      // The next log: the position of the one before it says nothing about these entries.
      log = await resume(buffer, store);
      continue;
    }
    const last = entries.at(-1);
    if (!last) break;
    const stored = await storeBatch(store, { ...log, entries, last });
    if (!stored) {
      log = await resume(buffer, store);
      continue;
    }
    log.position = last.position;
    await buffer.trim(last.position);
    waiting -= entries.length;
    total.events += stored.events;
    total.rejected += stored.rejected;
  }
}

interface Log {
  identity: string;
  /** Up to which it is stored. */
  position: Position | null;
}

/** Which log is next. Trims what a crash between the commit and the trim has left, or what another flusher stored. */
async function resume(buffer: Buffer, store: Store): Promise<Log> {
  const identity = await buffer.identity();
  const position = await readPosition(store, identity);
  if (position !== null) await buffer.trim(position);
  return { identity, position };
}

/** What was read after the position. */
interface Batch extends Log {
  entries: Entry[];
  last: Entry;
}

/** Undefined when another flusher has moved the position. */
function storeBatch(store: Store, { identity, position, entries, last }: Batch): Promise<Drained | undefined> {
  const { decoded, unreadable } = decode(entries);
  return store.transaction(async client => {
    if (!(await movePosition(client, identity, { from: position, to: last.position }))) return undefined;
    const rejected = [...unreadable, ...(await storeOrReject(client, decoded))];
    await setAside(client, identity, rejected);
    return { events: entries.length - rejected.length, rejected: rejected.length };
  });
}

function decode(entries: Entry[]): { decoded: DecodedEntry[]; unreadable: RejectedEntry[] } {
  const decoded: DecodedEntry[] = [];
  const unreadable: RejectedEntry[] = [];
  for (const { position, payload } of entries) {
    try {
      const row = readRow(payload);
      if (!isStorable(row.at)) throw new Error('a time outside of 1990 to 2099');
      decoded.push({ position, row });
    } catch (error) {
      unreadable.push({ position, payload, reason: error instanceof Error ? error.message : 'unreadable' });
    }
  }
  return { decoded, unreadable };
}
