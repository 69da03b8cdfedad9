/** What was turned away, in words. */
import type { DropReason, Drops } from '../../server/contract/site.ts';
import { count } from '../output/format.ts';

const WORDS: Record<DropReason, string> = {
  bot: 'bots',
  unknown_site: 'of an unknown site',
  origin: 'of another origin',
  malformed: 'malformed',
  too_large: 'too large',
  rate: 'over the rate limit',
  full: 'while the buffer was full',
};

/** `1,203 bots, 12 of another origin`; '' for none. */
export function dropsText(drops: Drops): string {
  return Object.entries(drops)
    .map(([reason, events]) => `${count(events)} ${WORDS[reason as DropReason] ?? reason}`)
    .join(', ');
}
