/**
 * What was deleted from Redis stays in its append-only file until that is written anew. In a cluster every node has such a
 * file; of a single Redis the replicas are not known here.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { RedisError, type RedisLink } from './redis.ts';

const REWRITE_WITHIN = 60_000;
const LOOK_EVERY = 100;

/**
 * Of all nodes, with what was deleted before. Throws RedisError if it takes too long or is given up, or if one is under way
 * already, which may have begun before the deletion.
 */
export async function rewriteFiles(link: RedisLink, givenUp: () => boolean): Promise<void> {
  const deadline = performance.now() + REWRITE_WITHIN;

  async function until(ask: () => Promise<boolean>): Promise<void> {
    while (!(await ask())) {
      if (givenUp() || performance.now() > deadline) throw new RedisError('unknown', '');
      await pause(LOOK_EVERY);
    }
  }

  if (!(await anySays(link, /aof_enabled:1/))) return;
  // A replica that has not the deletion yet would write what is to go.
  const written = Map.groupBy(await histories(link), ({ id }) => id);
  const goal = (id: string): number => Math.max(...(written.get(id) ?? []).map(({ length }) => length));
  await until(async () => (await histories(link)).every(({ id, length }) => length >= goal(id)));
  await link.callAll('BGREWRITEAOF');
  await until(async () => !(await anySays(link, /aof_rewrite_(in_progress|scheduled):1/)));
  if (await anySays(link, /aof_last_bgrewrite_status:err/)) throw new RedisError('unknown', '');
}

const anySays = async (link: RedisLink, what: RegExp): Promise<boolean> =>
  (await link.callAll('INFO', 'persistence')).some(info => what.test(String(info)));

interface History {
  /** A master and its replicas have one. */
  id: string;
  /** How much of it the node has. */
  length: number;
}

async function histories(link: RedisLink): Promise<History[]> {
  return (await link.callAll('INFO', 'replication')).map(info => ({
    id: /master_replid:(\w+)/.exec(String(info))?.[1] ?? '',
    length: Number(/master_repl_offset:(\d+)/.exec(String(info))?.[1]),
  }));
}
