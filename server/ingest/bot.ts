/** Requests that no reader made: robots by their user agent or their own word, and pages fetched ahead of a visit. */
import type { Agent } from './agent.ts';
import type { Hit } from './parse.ts';

/** Why the hit is not a reader's, for people; undefined when it is. `purpose` is the header of that kind, or ''. */
export function botReason(userAgent: string, agent: Agent, hit: Hit, purpose: string): string | undefined {
  if (userAgent === '') return 'the user agent is empty';
  if (agent.bot) return 'the user agent is known as a robot';
  if (hit.webdriver) return 'the browser is driven by a program (navigator.webdriver)';
  if (purpose !== '' && /prefetch|prerender|preview/i.test(purpose)) return 'the page was loaded ahead of a visit';
  return undefined;
}
