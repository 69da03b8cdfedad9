/** The address of a visitor, as a person gives it. */
import { isIP } from 'node:net';
import { MuntraError } from '../server/errors.ts';

/** Throws MuntraError `usage`, which does not repeat it. */
export function readVisitorAddress(text: string): string {
  const address = text.trim();
  if (isIP(address) !== 0) return address;
  throw new MuntraError('usage', 'What --ip gives is not an IP address', '--ip 203.0.113.1');
}
