/**
 * What a user agent says of browser, system and device. The parse costs some 50 us (and isbot 3), so the answers for
 * the most recent agents are kept; a browser release has a few hundred agents for most of its visitors.
 */
import { isbot } from 'isbot';
import { UAParser } from 'ua-parser-js';
import { memo } from './memo.ts';
import { robotName } from './robot-name.ts';

export interface Agent {
  /** Its name; null for a browser. */
  bot: string | null;
  browser: string | null;
  browserVersion: string | null;
  os: string | null;
  osVersion: string | null;
  device: 'mobile' | 'tablet' | 'desktop' | null;
}

/** The parser reads no further either; a longer agent must not fill the cache. */
const AGENT_LENGTH = 500;
/** Twice as many answers are kept at most, about 1 MB when every agent is as long as it may be. */
const GENERATION = 1000;
const VERSION_LENGTH = 32;
const NAME_LENGTH = 64;
/** Systems of a device whose kind the agent does not tell; elsewhere an untold kind is a desktop. */
const HANDHELD = /^(Android|iOS|HarmonyOS|OpenHarmony|KaiOS|Tizen|watchOS|webOS|BlackBerry|Symbian)/;

const remembered = memo(GENERATION, parseAgent);

export const readAgent = (userAgent: string): Agent => remembered(userAgent.slice(0, AGENT_LENGTH));

const ROBOT: Omit<Agent, 'bot'> = {
  browser: null,
  browserVersion: null,
  os: null,
  osVersion: null,
  device: null,
};

function parseAgent(userAgent: string): Agent {
  if (isbot(userAgent)) return { ...ROBOT, bot: robotName(userAgent) };
  const parser = new UAParser(userAgent);
  const browser = parser.getBrowser();
  const os = parser.getOS();
  return {
    bot: null,
    browser: browser.name?.slice(0, NAME_LENGTH) ?? null,
    browserVersion: shortVersion(browser.version),
    os: os.name?.slice(0, NAME_LENGTH) ?? null,
    osVersion: shortVersion(os.version),
    device: device(parser.getDevice().type, os.name),
  };
}

function device(type: string | undefined, os: string | undefined): Agent['device'] {
  if (type === 'mobile' || type === 'tablet') return type;
  return type === undefined && os && !HANDHELD.test(os) ? 'desktop' : null;
}

/** `131.0.0.0` -> `131`, `10.15.7` -> `10.15`: browsers freeze or randomise the rest. */
function shortVersion(version: string | undefined): string | null {
  const [major = '', minor = '0'] = (version ?? '').split('.');
  const short = /^0*$/.test(minor) ? major : `${major}.${minor}`;
  return short.slice(0, VERSION_LENGTH) || null;
}
