/** What the events take, and how fast it grows. Counts every event, from an index: for an operator, now and then. */
import sitesSql from '../../schema/queries/usage.sites.sql';
import tablesSql from '../../schema/queries/usage.tables.sql';
import type { Drops } from '../contract/site.ts';
import type { UsageAnswer } from '../contract/system.ts';
import { TABLE_NAMES } from '../store/migrations.ts';
import type { Store } from '../store/postgres.ts';
import { liftLimit } from '../store/silence.ts';

const DAY = 86_400_000;
const RECENT_DAYS = 30;

interface Counted {
  site: string;
  retention: number;
  events: number;
  recent: number;
  drops: Drops;
}

/** `retention`: in days; `now`: unix milliseconds. Throws MuntraError `store_unavailable`. */
export function readUsage(store: Store, retention: number, now: number): Promise<UsageAnswer> {
  return store.transaction(async client => {
    await liftLimit(client, 300_000);
    const { rows: tables } = await client.query<UsageAnswer['tables'][number]>(tablesSql, [TABLE_NAMES]);
    const since = now - RECENT_DAYS * DAY;
    const { rows: counted } = await client.query<Counted>(sitesSql, [new Date(since), retention]);
    const { rows } = await client.query<{ bytes: number; first: Date | null }>(
      'SELECT pg_database_size(current_database())::float8 AS bytes, (SELECT min(created_at) FROM raw_events) AS first',
    );
    const { bytes, first } = rows[0] ?? { bytes: 0, first: null };
    const events = counted.reduce((sum, site) => sum + site.events, 0);
    const filled = tables.reduce((sum, table) => sum + table.bytes + table.indexes, 0);
    const bytesPerEvent = events > 0 ? filled / events : 0;
    const days = Math.min(Math.max((now - (first?.getTime() ?? now)) / DAY, 1), RECENT_DAYS);
    const sites = counted.map(({ recent, ...site }) => ({
      ...site,
      bytes: Math.round(site.events * bytesPerEvent),
      perDay: recent / days,
    }));
    return { bytes, events, retention, tables, sites };
  });
}
