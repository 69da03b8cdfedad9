/** What is kept of visitors, and how one of them is forgotten. */

/** `POST /api/forget` for all sites, `POST /api/sites/:id/forget` for one: the visitor. */
export interface ForgetRequest {
  ip: string;
  userAgent: string;
}

export interface ForgetAnswer {
  /** UTC; of other days nobody can tell whose events are whose. */
  day: string;
  /** Sites that had any, and how many are gone. */
  sites: { site: string; events: number }[];
}
