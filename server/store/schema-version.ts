/**
 * Before a database is changed: it must not be that of a newer Muntra, whose tables this one does not know, and the disk
 * must have room for what an upgrade copies.
 */
import type { ClientBase } from 'pg';
import { MuntraError } from '../errors.ts';
import type { Logger } from '../log.ts';

export interface Upgrade {
  /** Of this Muntra. */
  version: string;
  /** Bytes on the disk of the database; undefined where that is not ours to see. */
  freeDisk?: (() => number) | undefined;
}

/** The version that migrated the database last; undefined: none has, or a Muntra before there was such a record. */
export async function schemaVersion(client: ClientBase): Promise<string | undefined> {
  if (!(await hasTable(client, 'schema_version'))) return undefined;
  return (await client.query<{ version: string }>('SELECT version FROM schema_version')).rows[0]?.version;
}

async function hasTable(client: ClientBase, name: string): Promise<boolean> {
  const { rows } = await client.query<{ known: boolean }>('SELECT to_regclass($1) IS NOT NULL AS known', [name]);
  return rows[0]?.known ?? false;
}

/** Throws MuntraError `store_start`; then nothing was changed. */
export async function checkUpgrade(client: ClientBase, { version, freeDisk }: Upgrade): Promise<void> {
  const last = await schemaVersion(client);
  if (last !== undefined && compareVersions(last, version) > 0) {
    const message = `This database was last used by Muntra ${last}, and this is the older ${version}`;
    throw new MuntraError('store_start', message, `install Muntra ${last} or newer, or restore a backup of before`);
  }
  if (!freeDisk || last === version) return;
  const needed = await diskNeeded(client);
  const free = freeDisk();
  if (free >= needed) return;
  const message = `The upgrade to Muntra ${version} needs ${megabytes(needed)} of free disk, and there are ${megabytes(free)}`;
  throw new MuntraError('store_start', message, 'make room and start again; nothing was changed');
}

/** Tells that a database of an older version is going to be changed, and if there is no backup to go back to. */
export async function announceUpgrade(client: ClientBase, { version }: Upgrade, log: Logger): Promise<void> {
  const last = await schemaVersion(client);
  if (last === undefined || last === version) return;
  const facts = { from: last, to: version };
  if (await hasRecentBackup(client)) log.info(facts, 'upgrading the database');
  else log.warn(facts, 'upgrading the database, of which there is no backup of the last 7 days');
}

async function hasRecentBackup(client: ClientBase): Promise<boolean> {
  if (!(await hasTable(client, 'last_backup'))) return false;
  return (await client.query("SELECT FROM last_backup WHERE made > now() - interval '7 days'")).rowCount === 1;
}

/** To be called in the transaction that migrates. */
export async function recordVersion(client: ClientBase, version: string): Promise<void> {
  const sql = `INSERT INTO schema_version (version) VALUES ($1)
    ON CONFLICT (one) DO UPDATE SET version = EXCLUDED.version, migrated_at = now()
    WHERE schema_version.version <> EXCLUDED.version`;
  await client.query(sql, [version]);
}

/** For PostgreSQL's log and for indexes that a migration may make. */
const ROOM = 128 * 2 ** 20;

/** What the take-over of a Go Muntra still has to copy; nothing in an empty database. */
const NEEDED = `SELECT to_regclass('raw_events') IS NOT NULL AS used,
  coalesce((SELECT pg_total_relation_size(oid) FROM pg_class WHERE oid = to_regclass('raw_events') AND relkind = 'r'), 0)
  - coalesce((SELECT sum(pg_total_relation_size(oid)) FROM pg_class
      WHERE relnamespace = to_regnamespace('muntra_takeover') AND relkind = 'r'), 0) AS copies`;

async function diskNeeded(client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ used: boolean; copies: string }>(NEEDED);
  const [found] = rows;
  return found?.used ? ROOM + Math.max(0, Number(found.copies)) : 0;
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MB`;

/** Negative when `a` is the older one. What follows the three numbers does not count. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [numbers(a), numbers(b)];
  const differences = left.map((number, i) => number - (right[i] ?? 0));
  return differences.find(difference => difference !== 0) ?? 0;
}

const numbers = (version: string): number[] => version.split(/[.+-]/, 3).map(Number);
