/** What is known of a request to `/collect`; imports nothing. Headers that were not sent are ''. */
export interface Facts {
  /** Unix milliseconds. */
  at: number;
  body: string;
  ip: string;
  userAgent: string;
  origin: string;
  referer: string;
  host: string;
  /** `Sec-Purpose`, `Purpose` or `X-Moz`. */
  purpose: string;
  /** `Sec-CH-UA`. */
  brands: string;
  /** `Sec-Fetch-Mode`. */
  fetchMode: string;
  /** `Sec-Fetch-Site`. */
  fetchSite: string;
  /** `From`. */
  from: string;
}
