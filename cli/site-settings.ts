/** The settings of a site, as flags and as people read them. */
import { parseDays } from '../server/config-values.ts';
import type { Site, SiteChange } from '../server/contract/site.ts';
import { MuntraError } from '../server/errors.ts';
import { counted, date } from './output/format.ts';

export interface SettingFlags {
  timezone?: string;
  /** Days. */
  retention?: number | 'default';
}

export const RETENTION = 'For how long its events are kept: 400d, 0 (for ever) or default (as MUNTRA_RETENTION says)';

/** Throws MuntraError `usage`. */
export function readRetention(text: string): number | 'default' {
  if (text === 'default') return text;
  try {
    return parseDays(text);
  } catch {
    throw new MuntraError('usage', `--retention ${text} is not a number of days`, '--retention 400d, 0 or default');
  }
}

/** Those that were given. */
export const settingsOf = ({ timezone, retention }: SettingFlags): SiteChange => ({
  ...(timezone !== undefined && { timezone }),
  ...(retention !== undefined && { retention: retention === 'default' ? null : retention }),
});

export function kept({ retention }: Site): string {
  if (retention === null) return 'as long as MUNTRA_RETENTION says';
  return retention === 0 ? 'for ever' : `for ${counted(retention, 'day')}`;
}

export const hosts = ({ origins }: Site): string => (origins.length === 0 ? 'any host' : origins.join(', '));

export const since = ({ declared, created, timezone }: Site): string =>
  declared === 'environment' ? 'by the environment' : date(created, timezone);
