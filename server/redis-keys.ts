/** Every key that Muntra has in Redis. Imports nothing. */

/** The braces put all keys of a shard on one node of a Redis Cluster. */
const shardKey = (shard: number, name: string): string => `muntra:{${shard}}:${name}`;

/** Stream of the events that wait. */
export const eventsKey = (shard: number): string => shardKey(shard, 'events');
/** Random name of that stream, given when it is created. */
export const epochKey = (shard: number): string => shardKey(shard, 'epoch');
/** The last batch of one writer. */
export const writerKey = (shard: number, writer: string): string => shardKey(shard, `writer:${writer}`);
/** The most shards that any server has had. */
export const SHARDS_KEY = 'muntra:shards';

/** `day`: YYYY-MM-DD, UTC. The name that the Go Muntra gives it. */
export const saltKey = (day: string): string => `muntra:daily_salt:${day}`;
/** Set when the salts of earlier days are gone from the append-only file. */
export const saltErasedKey = (day: string): string => `muntra:salt_erased:${day}`;

/** Lists of the Go Muntra with events that it has not stored. */
export const GO_LISTS = 'muntra:events:*';
