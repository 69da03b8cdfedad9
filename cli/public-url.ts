/** The address where browsers reach Muntra, as a person gives it. */
import { parsePublicUrl } from '../server/config-values.ts';
import { MuntraError } from '../server/errors.ts';

/** With a slash at its end; '' stays ''. Throws MuntraError `usage`. */
export function readPublicUrl(text: string): string {
  try {
    return parsePublicUrl(text.trim());
  } catch (cause) {
    throw new MuntraError('usage', `"${text}" is not a web address`, 'https://example.com/muntra/', { cause });
  }
}
