/**
 * Requests that no reader made: robots by their user agent, by headers that contradict it or by their own word, and pages
 * fetched ahead of a visit. A header that is missing says nothing: proxies drop some, and servers send events too.
 */
import type { Agent } from './agent.ts';
import type { Facts } from './facts.ts';
import type { Hit } from './parse.ts';

/** Why the hit is not a reader's, for people; undefined when it is. */
export function botReason(facts: Facts, agent: Agent, hit: Hit): string | undefined {
  if (facts.userAgent === '') return 'the user agent is empty';
  if (agent.bot) return 'the user agent is known as a robot';
  if (hit.webdriver) return 'the browser is driven by a program (navigator.webdriver)';
  // Chromium still sends the header at the moment when a prerendered page is shown.
  if (!hit.seen && /prefetch|prerender|preview/i.test(facts.purpose)) return 'the page was loaded ahead of a visit';
  if (facts.brands.includes('Headless')) return 'the browser runs without a screen (Sec-CH-UA)';
  if (facts.fetchMode === 'navigate') return 'it is not the tracker that asks (Sec-Fetch-Mode)';
  if (facts.from !== '') return 'it gives an address for complaints, as robots do (From)';
  return undefined;
}
