/** What would become of an event, without sending it. */

/** `POST /api/explain`: the event of a visitor. Texts that are left out are ''. */
export interface ExplainRequest {
  site: string;
  /** Of the page. */
  url: string;
  referrer: string;
  userAgent: string;
  ip: string;
  /** The header. */
  origin: string;
}

/** What `/collect` would do with it. */
export interface ExplainAnswer {
  kept: boolean;
  /** Of the answer; robots get a 204 too. */
  status: number;
  /** What to do about a refusal, else ''. */
  hint: string;
  /** In the order of the decisions; the last one says why it is not kept. */
  steps: ExplainStep[];
}

export interface ExplainStep {
  name: string;
  ok: boolean;
  detail: string;
}
