/** One event that is counted nowhere, to see how it arrives. */

/** `POST /api/canary`: send an event `{site_id: site, name: id, from: <own address>}` to /collect within a minute. */
export interface CanaryOpened {
  id: string;
  site: string;
}

/** `GET /api/canary/:id`: what the server saw of that event. */
export interface CanaryAnswer {
  /** null: it has not come. */
  seen: Sighting | null;
  /** Its row was there, and is removed. */
  stored: boolean;
}

export type Network = 'loopback' | 'private' | 'public';

export interface Sighting {
  /** As they arrived; without an Origin ''. */
  path: string;
  origin: string;
  /** Whence the connection came, and whether MUNTRA_TRUSTED_PROXIES has it. */
  peer: { network: Network; trusted: boolean };
  /** Entries of X-Forwarded-For. */
  forwarded: number;
  /** What is taken for the visitor's address; `same`: it is the `from` of the event. */
  client: { network: Network; same: boolean };
}
