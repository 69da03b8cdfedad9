/** What MUNTRA_REDIS_URL may say. Imports nothing. */

export interface RedisTarget {
  /** One server, or some nodes of a cluster, which tell of the others. */
  nodes: { host: string; port: number }[];
  cluster: boolean;
  tls: boolean;
  username?: string;
  password?: string;
  db: number;
}

const URL_PARTS = /^redis(s?)(-cluster)?:\/\/(?:([^@/]*)@)?([^/?#]+)(?:\/(\d*))?$/;

/**
 * `redis://user:password@host:6379/0`, `rediss://` with TLS, `redis-cluster://host:7000,host:7001` and `rediss-cluster://`
 * for Redis Cluster: a scheme of its own, because neither the address nor the port tells a node of a cluster from a
 * single server. Throws an Error whose message continues "NAME value ...".
 */
export function parseRedisUrl(value: string): RedisTarget {
  const [, secure, clustered, credentials = '', hosts = '', db = ''] = URL_PARTS.exec(value) ?? [];
  if (secure === undefined) throw new Error('is not redis://host:port/db or redis-cluster://host:port,host:port');
  const cluster = clustered !== undefined;
  const nodes = hosts.split(',').map(parseNode);
  if (!cluster && nodes.length > 1) throw new Error('names several hosts, which only redis-cluster:// may');
  if (cluster && Number(db) > 0) throw new Error('names a database, of which Redis Cluster has only one');
  const colon = credentials.indexOf(':');
  const username = decode(colon < 0 ? '' : credentials.slice(0, colon));
  const password = decode(credentials.slice(colon + 1));
  return {
    nodes,
    cluster,
    tls: secure === 's',
    ...(username !== '' && { username }),
    ...(password !== '' && { password }),
    db: Number(db),
  };
}

function parseNode(text: string): { host: string; port: number } {
  const [, bracketed, plain, port = '6379'] = /^(?:\[([\da-fA-F:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || Number(port) > 65_535) throw new Error('has a host that is not host:port');
  return { host, port: Number(port) };
}

function decode(credential: string): string {
  try {
    return decodeURIComponent(credential);
  } catch {
    throw new Error('has credentials with a % that is not written %25');
  }
}
