/**
 * The canary: an event that the operator sends through the public address, to see whether it arrives as a visitor's would
 * and is kept. It takes the way of all events, on a site whose name no site can have, so no question ever counts it; its
 * row goes as soon as it has been seen.
 *
 * What was seen on arrival is kept in memory for a minute. Of addresses it keeps the kind, never the address.
 */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import removeSql from '../../schema/queries/canary.remove.sql';
import type { Config } from '../config.ts';
import type { CanaryAnswer, CanaryOpened, Network, Sighting } from '../contract/canary.ts';
import { MuntraError } from '../errors.ts';
import { EVENT_FIELDS, type Event } from '../ingest/event.ts';
import { parseFields } from '../ingest/parse.ts';
import type { Flusher } from '../pipeline/flush.ts';
import type { Store } from '../store/postgres.ts';
import { addressList } from './client-address.ts';

/** An asterisk: `muntra sites add` refuses such a name. */
export const CANARY_SITE = '*canary';

export interface Canaries {
  open(): CanaryOpened;
  /** Whether any is awaited: only then an arrival is worth looking at. */
  readonly awaited: boolean;
  /** The event of an awaited canary; undefined for anything else. `ip`: what is taken for the visitor's address. */
  arrive(request: IncomingMessage, ip: string, body: string): Event | undefined;
  /** Stores what waits and looks for the row. Throws MuntraError `not_found` when the id is unknown or its time is over. */
  answer(id: string): Promise<CanaryAnswer>;
}

interface Open extends CanaryAnswer {
  id: string;
  expires: number;
}

const LIFETIME = 60_000;
const MAX_OPEN = 16;
/** A row of which nobody asked in time. */
const FORGOTTEN = 3_600_000;

/** What cannot be stored now is not stored. */
function unlessAway(error: unknown): boolean {
  if (error instanceof MuntraError) return false;
  throw error;
}

const NOTHING = Object.fromEntries(EVENT_FIELDS.map(field => [field, null])) as Record<keyof Event, null>;

export interface CanaryOptions {
  config: Pick<Config, 'trustedProxies'>;
  store: Store;
  flusher: Pick<Flusher, 'flush'>;
  now: () => number;
}

export function createCanaries({ config, store, flusher, now }: CanaryOptions): Canaries {
  const trusted = addressList(config.trustedProxies);
  const open = new Map<string, Open>();

  function forget(): void {
    for (const [id, { expires }] of open) if (expires <= now()) open.delete(id);
  }

  async function stored(id: string): Promise<boolean> {
    await flusher.flush();
    const [row] = await store.query<{ found: boolean }>(removeSql, [CANARY_SITE, id, new Date(now() - FORGOTTEN)]);
    return row?.found ?? false;
  }

  return {
    open() {
      forget();
      const [oldest] = open.keys();
      if (oldest !== undefined && open.size >= MAX_OPEN) open.delete(oldest);
      const id = randomBytes(16).toString('hex');
      open.set(id, { id, seen: null, stored: false, expires: now() + LIFETIME });
      return { id, site: CANARY_SITE };
    },
    get awaited() {
      return open.size > 0;
    },
    arrive(request, ip, body) {
      forget();
      const { name: id, from } = readCanary(body);
      const canary = typeof id === 'string' ? open.get(id) : undefined;
      if (!canary) return undefined;
      canary.seen = sighting(request, trusted, { network: network(ip), same: ip === from });
      return { ...NOTHING, at: now(), site: CANARY_SITE, visitor: canary.id, name: 'canary', path: '/' };
    },
    async answer(id) {
      forget();
      const canary = open.get(id);
      if (!canary) throw new MuntraError('not_found', 'there is no such canary', 'a canary lives for a minute');
      if (canary.seen && !canary.stored) canary.stored = await stored(id).catch(unlessAway);
      return { seen: canary.seen, stored: canary.stored };
    },
  };
}

/** Its fields; none of any other body. */
function readCanary(body: string): Record<string, unknown> {
  if (!body.includes(CANARY_SITE)) return {};
  try {
    const { site_id: site, ...rest } = parseFields(body);
    return site === CANARY_SITE ? rest : {};
  } catch {
    return {};
  }
}

function sighting(
  { headers, socket, url = '' }: IncomingMessage,
  trusted: (address: string) => boolean,
  client: Sighting['client'],
): Sighting {
  const remote = socket.remoteAddress ?? '';
  const forwarded = String(headers['x-forwarded-for'] ?? '');
  return {
    path: url.split('?', 1)[0] ?? '',
    origin: headers.origin ?? '',
    peer: { network: network(remote), trusted: trusted(remote) },
    forwarded: forwarded === '' ? 0 : forwarded.split(',').length,
    client,
  };
}

const isLoopback = addressList(['loopback']);
const isPrivate = addressList(['private']);

function network(address: string): Network {
  if (isLoopback(address)) return 'loopback';
  return isPrivate(address) ? 'private' : 'public';
}
