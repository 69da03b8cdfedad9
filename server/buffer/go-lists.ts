/** Takes over what a Go Muntra has left in its lists: the events go to our stream in one step each, so none comes twice. */
import { randomBytes } from 'node:crypto';
import type { Logger } from '../log.ts';
import type { RedisLink } from '../redis.ts';
import { GO_LISTS } from '../redis-keys.ts';
import type { RedisLog } from './redis-log.ts';

/** Empties the lists of all sites. Throws RedisError; what went over by then has gone over. */
export async function takeOverLists(link: RedisLink, stream: RedisLog, log: Logger): Promise<void> {
  for (const list of await findLists(link)) {
    const writer = randomBytes(8).toString('hex');
    let events = 0;
    for (let taken = -1, step = 0; taken !== 0; step++, events += taken) {
      taken = await stream.takeOver(list, { writer, name: String(step) });
    }
    log.info({ list, events }, 'redis: took over the events of the Go Muntra');
  }
}

async function findLists(link: RedisLink): Promise<string[]> {
  const found = new Set<string>();
  let cursor = '0';
  do {
    const answer = await link.call('SCAN', cursor, 'MATCH', GO_LISTS, 'COUNT', 1000, 'TYPE', 'list');
    const [next, keys] = answer as [string, string[]];
    for (const key of keys) found.add(key);
    cursor = next;
  } while (cursor !== '0');
  return [...found];
}
