/**
 * The connection to Redis or Redis Cluster. Nothing queues here: a command goes out at once or not at all, none is sent
 * twice, and each has a second to be answered. An error tells whether the command may have been executed.
 */
import { once } from 'node:events';
import { Cluster, type NodeRole, Redis, type RedisOptions, ReplyError } from 'ioredis';
import { MuntraError } from './errors.ts';
import { parseRedisUrl, type RedisTarget } from './redis-url.ts';

/** How long `/collect` waits at most until it turns to the spool. */
const ANSWER_WITHIN = 1000;
/** A connection without any answer for so long is given up. */
const SILENCE = 3000;

export class RedisError extends MuntraError {
  /** `nothing`: it was not executed. `unknown`: it was sent and not answered, it may even be executed later. */
  readonly done: 'nothing' | 'unknown';
  /** The error that Redis answered with, or ''. */
  readonly reply: string;

  /** Without a cause: ioredis puts the command's arguments into its errors, events and salts among them. */
  constructor(done: 'nothing' | 'unknown', reply: string) {
    const full = reply.startsWith('OOM');
    const problem = full ? 'Redis is full' : reply === '' ? 'Redis does not answer' : 'Redis refuses the command';
    super(full ? 'buffer_full' : 'buffer_unavailable', problem, 'check Redis (7.0 or newer) and MUNTRA_REDIS_URL');
    this.done = done;
    this.reply = reply;
  }
}

export class RedisLink {
  readonly #client: Redis | Cluster;

  constructor(client: Redis | Cluster) {
    this.#client = client;
    // Without a listener ioredis prints each failed attempt. Those who call tell what is wrong.
    client.on('error', () => {});
  }

  /** Connected, and Redis has read its file. */
  get ready(): boolean {
    return this.#client.status === 'ready';
  }

  get clustered(): boolean {
    return this.#client instanceof Cluster;
  }

  /** Waits for the connection, for a second at most. */
  async connected(): Promise<void> {
    if (this.ready) return;
    // An attempt that fails ends the wait too.
    await once(this.#client, 'ready', { signal: AbortSignal.timeout(ANSWER_WITHIN) }).catch(() => {});
  }

  /** One command; in a cluster its keys find the node. Throws RedisError. */
  async call(command: string, ...args: (string | number)[]): Promise<unknown> {
    if (!this.ready) throw new RedisError('nothing', '');
    return asked(this.#client.call(command, args));
  }

  /** As `call`, for an answer whose texts are Buffers: of many events at a time a copy in V8's heap is too much. */
  async callForBytes(command: string, ...args: (string | number)[]): Promise<unknown> {
    if (!this.ready) throw new RedisError('nothing', '');
    return asked(this.#client.callBuffer(command, args));
  }

  /** One command on every master, such as those that name no key. Throws the first RedisError, once all have ended. */
  callEach(command: string, ...args: (string | number)[]): Promise<unknown[]> {
    return this.#askNodes('master', command, args);
  }

  /** As `callEach`, on the replicas of a cluster too. */
  callAll(command: string, ...args: (string | number)[]): Promise<unknown[]> {
    return this.#askNodes('all', command, args);
  }

  async #askNodes(role: NodeRole, command: string, args: (string | number)[]): Promise<unknown[]> {
    if (!this.ready) throw new RedisError('nothing', '');
    const nodes = this.#client instanceof Cluster ? this.#client.nodes(role) : [this.#client];
    const answers = await Promise.allSettled(nodes.map(node => asked(node.call(command, args))));
    return answers.map(answer => {
      if (answer.status === 'rejected') throw answer.reason;
      return answer.value;
    });
  }

  /** Calls back whenever the connection, to all nodes of a cluster, is lost. */
  onLoss(listener: () => void): void {
    this.#client.on('close', listener);
  }

  close(): void {
    this.#client.disconnect();
  }
}

async function asked(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    const refused = error instanceof Error && error instanceof ReplyError;
    throw refused ? new RedisError('nothing', error.message) : new RedisError('unknown', '');
  }
}

/** Never throws for a Redis that is away; it goes on trying. */
export function openRedis(url: string): RedisLink {
  const target = parseRedisUrl(url);
  return new RedisLink(target.cluster ? openCluster(target) : new Redis(connectionOptions(target)));
}

function connectionOptions({ nodes: [node], username, password, db, tls }: RedisTarget): RedisOptions {
  return {
    ...node,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls: {} }),
    db,
    commandTimeout: ANSWER_WITHIN,
    socketTimeout: SILENCE,
    connectTimeout: SILENCE,
    retryStrategy: retryDelay,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    enableOfflineQueue: false,
    disableClientInfo: true,
  };
}

function openCluster(target: RedisTarget): Cluster {
  return new Cluster(target.nodes, {
    redisOptions: connectionOptions(target),
    clusterRetryStrategy: retryDelay,
    enableOfflineQueue: false,
    // 0: not sent again by itself.
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    // For replicas, which nothing else tells of: one that was lost or came later.
    slotsRefreshInterval: 60_000,
    ...(target.tls && { dnsLookup: (address, callback) => callback(null, address) }),
  });
}

const retryDelay = (attempts: number): number => Math.min(100 * attempts, 1000);
