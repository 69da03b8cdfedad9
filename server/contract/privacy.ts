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

/** `GET /api/privacy`: what this server keeps of visitors, by its settings. */
export interface PrivacyAnswer {
  /** Columns of an event's row. */
  stored: StoredColumn[];
  never: string[];
  /** Days for which the events of a site are kept; 0: for ever. */
  retention: { site: string; days: number }[];
  salt: {
    /** UTC day that it is for. */
    day: string;
    /** Since when this server has it, and when the next one takes its place. Unix milliseconds. */
    since: number;
    until: number;
  };
}

export interface StoredColumn {
  column: string;
  what: string;
  example: string;
}
