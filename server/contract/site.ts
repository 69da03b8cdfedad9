/** Sites, their origins, and what was turned away. */

export const DROP_REASONS = ['bot', 'unknown_site', 'origin', 'malformed', 'too_large', 'rate', 'full'] as const;
export type DropReason = (typeof DROP_REASONS)[number];
export type Drops = Partial<Record<DropReason, number>>;

export interface Site {
  id: string;
  /** Hosts whose pages may send events; `*.example.com` covers every subdomain. Empty: any. */
  origins: string[];
  /** IANA name. */
  timezone: string;
  /** Days for which its events are kept; 0: for ever; null: as MUNTRA_RETENTION says. */
  retention: number | null;
  /** `environment`: declared by MUNTRA_ALLOWED_SITES or MUNTRA_SITE_ORIGINS and changed only there. */
  declared: 'store' | 'environment';
  created: number;
}

/** `GET /api/sites/:id`: with what was turned away, by UTC day, newest first, 30 days. */
export interface SiteDetail extends Site {
  drops: { day: string; reasons: Drops }[];
}

/**
 * `GET /api/drops` of all sites and of what is of none, `GET /api/sites/:id/drops` of one: what was turned away on the UTC days of
 * a range, newest first, and which robots came most.
 */
export interface DropsAnswer {
  days: SiteDetail['drops'];
  /** By the name that their user agent gives, or by what gave them away (`driven browser`). */
  bots: { bot: string; events: number }[];
}

/** `POST /api/sites` */
export interface NewSite {
  id: string;
  origins?: string[];
  timezone?: string;
  retention?: number | null;
}

/** `PATCH /api/sites/:id` */
export interface SiteChange {
  origins?: string[];
  timezone?: string;
  retention?: number | null;
}

/** `GET /api/sites/:id/origins`, and the answer to POST and DELETE of `{origin}` there. */
export interface OriginsAnswer {
  origins: string[];
}

/** `DELETE /api/sites/:id`: the site is gone and its events with it. */
export interface RemovedAnswer {
  removed: string;
  events: number;
}
