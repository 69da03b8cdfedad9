/**
 * Requests that no reader made: robots by their user agent, by headers that contradict it or by their own word, and pages
 * fetched ahead of a visit. A header that is missing says nothing: proxies drop some, and servers send events too.
 */
import type { Agent } from './agent.ts';
import type { Facts } from './facts.ts';
import type { Hit } from './parse.ts';

export interface Robot {
  /** Its name by its user agent, or what gave it away: among robots, a few words. */
  bot: string;
  /** For people. */
  why: string;
}

/** Why the hit is not a reader's; undefined when it is. */
export function robotOf(facts: Facts, agent: Agent, hit: Hit): Robot | undefined {
  if (facts.userAgent === '') return EMPTY;
  if (agent.bot !== null) return { bot: agent.bot, why: 'the user agent is known as a robot' };
  if (hit.webdriver) return DRIVEN;
  // Chromium still sends the header at the moment when a prerendered page is shown.
  if (!hit.seen && /prefetch|prerender|preview/i.test(facts.purpose)) return AHEAD;
  if (facts.brands.includes('Headless')) return HEADLESS;
  if (facts.fetchMode === 'navigate') return NO_TRACKER;
  if (facts.from !== '') return COMPLAINTS;
  return undefined;
}

const EMPTY: Robot = { bot: 'no user agent', why: 'the user agent is empty' };
const DRIVEN: Robot = { bot: 'driven browser', why: 'the browser is driven by a program (navigator.webdriver)' };
const AHEAD: Robot = { bot: 'loaded ahead', why: 'the page was loaded ahead of a visit' };
const HEADLESS: Robot = { bot: 'headless browser', why: 'the browser runs without a screen (Sec-CH-UA)' };
const NO_TRACKER: Robot = { bot: 'not the tracker', why: 'it is not the tracker that asks (Sec-Fetch-Mode)' };
const COMPLAINTS: Robot = { bot: 'From header', why: 'it gives an address for complaints, as robots do (From)' };
export const SPAM: Robot = { bot: 'referrer spam', why: 'the referrer is known for spam' };
