/**
 * Forgets a visitor: whoever knows the address and the user agent can make the visitor's hash for as long as the salt of the
 * day lives, so today's events can be found and removed, and no others.
 *
 * What waits is stored first, and so goes too. Events that were kept before the question are thus gone after the answer;
 * only the refuge of another instance, which has lost Redis, is out of reach.
 */
import { SocketAddress } from 'node:net';
import forgetSql from '../../schema/queries/visitor.forget.sql';
import type { ForgetAnswer, ForgetRequest } from '../contract/privacy.ts';
import { MuntraError } from '../errors.ts';
import { addressBytes } from '../ingest/address.ts';
import type { SaltSource } from '../ingest/salt.ts';
import { visitorHash } from '../ingest/visitor.ts';
import { claimEvents } from '../pipeline/event-writer.ts';
import type { Flusher } from '../pipeline/flush.ts';
import type { Store } from '../store/postgres.ts';

/**
 * Removes what the sites have of the visitor's day. Throws MuntraError `bad_request` for what is no address, `store_unavailable`,
 * and `buffer_unavailable` while events may wait where nobody can see them.
 */
export type Forget = (visitor: ForgetRequest, sites: readonly string[]) => Promise<ForgetAnswer>;

export interface ForgetOptions {
  store: Store;
  flusher: Pick<Flusher, 'flush'>;
  salt: SaltSource;
  now: () => number;
}

export function createForget({ store, flusher, salt, now }: ForgetOptions): Forget {
  return async ({ ip, userAgent }, sites) => {
    const at = now();
    const day = new Date(at).toISOString().slice(0, 10);
    const daySalt = await salt.at(at);
    const visitors = spellings(ip).map(address => visitorHash(address, userAgent, daySalt));
    await flusher.flush();
    return store.transaction(async client => {
      // Nobody stores events meanwhile, and the claim tells all instances that what they remember of visits is over.
      await claimEvents(client);
      const { rows } = await client.query<ForgetAnswer['sites'][number]>(forgetSql, [sites, visitors, day]);
      return { day, sites: rows };
    });
  };
}

/**
 * The texts by which an address may have come: as the kernel and nearly all proxies write it (RFC 5952, IPv4 not mapped into
 * IPv6), and as it was typed, which may be how a proxy of this machine wrote it.
 */
function spellings(typed: string): string[] {
  // The message does not repeat it: it would be logged somewhere.
  if (!addressBytes(typed)) throw new MuntraError('bad_request', 'ip is not an IP address', '{"ip": "203.0.113.1"}');
  if (!typed.includes(':')) return [typed];
  const { address } = new SocketAddress({ address: typed, family: 'ipv6' });
  const plain = address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
  return [...new Set([plain, typed])];
}
