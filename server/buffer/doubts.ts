/**
 * Batches of which nobody knows whether Redis has them: it was asked, and did not answer in time. They lie on disk until
 * Redis has been asked again, which does no harm if it had them all along. They cannot go to the spool: from there they
 * would be stored a second time.
 */
import type { Logger } from '../log.ts';
import type { Position } from './buffer.ts';
import { createLane } from './lane.ts';
import type { Batch } from './redis-log.ts';
import { openSpool } from './spool.ts';

export interface Doubts {
  /** Resolves when the batch is on disk. Throws MuntraErrors as `Buffer.append`. */
  keep(shard: number, batch: Batch): Promise<void>;
  /** Events of a shard that lie here. */
  waiting(shard: number): number;
  /** Hands a shard's batches to `append` and forgets them; throws what it throws. */
  settle(shard: number, append: (batch: Batch) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

interface Doubt {
  /** Of shard, writer and batch. */
  name: string;
  shard: number;
  batch: Batch;
  /** Of its last entry. */
  end: Position;
}

/** A stalled Redis leaves one batch for each shard and writer; this is room for thousands. */
const MAX_BYTES = 64 * 2 ** 20;
const PAGE = 1000;
const LINE = /^(\d+) (\w+) (\w+) /;

/** Opens or creates the log in `dir`, one process at a time. */
export async function openDoubts(dir: string, sync: 'second' | 'always', log: Logger): Promise<Doubts> {
  const spool = await openSpool({ dir, maxBytes: MAX_BYTES, sync, log });
  const settling = createLane();
  /** Settled, and behind a batch of a shard that is away. */
  const settled = new Set<string>();
  const counts = new Map<number, number>();
  const count = (shard: number, change: number) => counts.set(shard, (counts.get(shard) ?? 0) + change);

  /** Runs of entries under one name, oldest first. */
  async function* batches(): AsyncGenerator<Doubt> {
    let open: Doubt | undefined;
    for (let entries = await spool.read(null, PAGE); ; entries = await spool.read(open?.end ?? null, PAGE)) {
      if (entries.length === 0) break;
      for (const { position, payload } of entries) {
        const text = payload.toString();
        const [line = '', shard = '', writer = '', name = ''] = LINE.exec(text) ?? [];
        if (open?.name !== line) {
          if (open) yield open;
          open = { name: line, shard: Number(shard), batch: { writer, name, payloads: [] }, end: position };
        }
        open.batch.payloads.push(text.slice(line.length));
        open.end = position;
      }
    }
    if (open) yield open;
  }

  for await (const { shard, batch } of batches()) count(shard, batch.payloads.length);

  return {
    async keep(shard, { writer, name, payloads }) {
      await Promise.all(payloads.map(payload => spool.append(`${shard} ${writer} ${name} ${payload}`)));
      count(shard, payloads.length);
    },
    waiting: shard => counts.get(shard) ?? 0,
    settle: (shard, append) =>
      settling(async () => {
        if (!counts.get(shard)) return;
        let done: Position | undefined;
        let waiting = false;
        try {
          for await (const found of batches()) {
            if (found.shard === shard && !settled.has(found.name)) {
              await append(found.batch);
              settled.add(found.name);
              count(shard, -found.batch.payloads.length);
            }
            waiting ||= !settled.has(found.name);
            if (waiting) continue;
            done = found.end;
            settled.delete(found.name);
          }
        } finally {
          if (done !== undefined) await spool.trim(done);
        }
      }),
    close: () => spool.close(),
  };
}
