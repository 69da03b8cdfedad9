/** How `/collect` answers what it turns away. Robots get the same 204 as readers, so that they learn nothing. */
import type { DropReason } from '../contract/site.ts';
import { type ErrorCode, MuntraError } from '../errors.ts';
import type { Drop } from '../ingest/enrich.ts';

const REFUSALS: Partial<Record<DropReason, { code: ErrorCode; hint: string }>> = {
  unknown_site: { code: 'site_not_allowed', hint: 'correct data-site-id, or add the site with `muntra sites add`' },
  origin: { code: 'origin_not_allowed', hint: 'allow the host of the page with `muntra origins add`' },
  rate: { code: 'rate_limited', hint: 'MUNTRA_RATE_LIMIT says how many events a second are taken' },
  malformed: { code: 'bad_json', hint: 'docs/api.md tells the fields of an event' },
};

/** undefined: a 204. */
export function refusal({ drop, why }: Drop): MuntraError | undefined {
  const known = REFUSALS[drop];
  return known && new MuntraError(known.code, why, known.hint);
}
