/** The visitor: a hash that the day's salt makes, so that it names nobody and matches no other day. */
import { hash } from 'node:crypto';

/** 32 hex digits. Neither header nor address can hold a line break, so no two visitors make the same text. */
export function visitorHash(ip: string, userAgent: string, salt: string): string {
  return hash('sha256', `${ip}\n${userAgent}\n${salt}`, 'hex').slice(0, 32);
}
