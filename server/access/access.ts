/** What the holder of a token may do. Imports only errors. */
import { MuntraError } from '../errors.ts';

export interface Access {
  /** May change things, not only read them. */
  admin: boolean;
  /** null: all sites, and for an admin the server itself. */
  sites: readonly string[] | null;
}

/** Of the environment's token. */
export const OWNER: Access = { admin: true, sites: null };

/** What a request is about: one site, the list of sites (of which each sees its own), or the whole server. */
export type Subject = { site: string } | 'sites' | 'server';

export const sees = ({ sites }: Access, site: string): boolean => sites === null || sites.includes(site);

/** Throws MuntraError `forbidden`. */
export function checkAccess(access: Access, subject: Subject, writes: boolean): void {
  if (access.admin && access.sites === null) return;
  if (writes && !access.admin) throw forbidden('may only read');
  if (subject === 'server' || (subject === 'sites' && writes)) throw forbidden('is not for the whole server');
  if (subject !== 'sites' && !sees(access, subject.site)) throw forbidden(`is not for site "${subject.site}"`);
}

const forbidden = (why: string): MuntraError =>
  new MuntraError('forbidden', `this token ${why}`, 'use another one: `muntra token list` tells what each may do');
