import { afterEach, beforeEach, expect, test } from 'vitest';
import { readCampaign } from '../ingest/page.ts';
import { createLogger } from '../log.ts';
import { createRollup } from '../pipeline/rollup.ts';
import { goMuntra } from '../testing/go-muntra.ts';
import type { TestStore } from '../testing/postgres.ts';
import { openProcesses, type Process, type Processes, until } from '../testing/processes.ts';
import { migrate } from './migrate.ts';
import type { Store } from './postgres.ts';

let processes: Processes;
let db: TestStore | undefined;
beforeEach(() => {
  processes = openProcesses();
});
afterEach(async () => {
  await processes.close();
  await db?.drop();
  db = undefined;
});

async function begin(size: { visitors: number; days: number }): Promise<TestStore> {
  db = await goMuntra(size);
  return db;
}

interface Row {
  id: string;
  site: string;
  visitor: string;
  visit: string;
  /** Milliseconds, with a fraction. */
  at: number;
  query: string | null;
  referrer: string | null;
  /** Whatever must stay as it is. */
  rest: string;
}

const readRows = (store: Store): Promise<Row[]> =>
  store.query<Row & Record<string, unknown>>(
    `SELECT id, site_id AS site, visitor_hash AS visitor, session_hash AS visit, url_query AS query,
      (extract(epoch FROM created_at) * 1000)::float8 AS at, referrer_domain AS referrer,
      concat_ws('|', created_at, url_path, referrer_path, ua_browser, ua_browser_version, ua_os, ua_os_version, ua_device,
        language, screen, viewport, timezone, pixel_ratio, event_name, event_data) AS rest
    FROM raw_events ORDER BY id`,
  );

/** By the rule: a visitor's events of a UTC day, cut where more than 30 minutes pass. */
function visitsOf(rows: Row[]): Map<string, string> {
  const visits = new Map<string, string>();
  const visitors = Map.groupBy(
    rows,
    row => `${row.site} ${row.visitor} ${new Date(row.at).toISOString().slice(0, 10)}`,
  );
  for (const events of visitors.values()) {
    let last = Number.NEGATIVE_INFINITY;
    let visit = '';
    for (const { id, visitor, at } of events.toSorted((a, b) => a.at - b.at)) {
      if (at - last > 30 * 60_000) visit = `${visitor.slice(0, 12)}-${Math.floor(at / 1000).toString(16)}`;
      last = at;
      visits.set(id, visit);
    }
  }
  return visits;
}

function expectTakenOver(before: Row[], after: Row[]): void {
  const visits = visitsOf(before);
  expect(after).toEqual(
    before.map(row => ({
      ...row,
      visit: visits.get(row.id),
      referrer: row.referrer === 'www.google.com' ? 'google.com' : row.referrer,
    })),
  );
}

const kind = async (store: Store): Promise<unknown> =>
  (await store.query("SELECT relkind FROM pg_class WHERE oid = 'raw_events'::regclass"))[0]?.relkind;

/** A muntra of which only the migration is there. */
function startElsewhere({ connection }: TestStore): Process {
  const script = `
    import { createLogger } from '${import.meta.dirname}/../log.ts';
    import { migrate } from '${import.meta.dirname}/migrate.ts';
    import { openStore } from '${import.meta.dirname}/postgres.ts';
    const log = createLogger('info', process.stdout);
    const store = openStore(${JSON.stringify(connection)}, { log });
    await migrate(store, log);
    await store.close();`;
  const assets = `${import.meta.dirname}/../../cli/executable/register.ts`;
  return processes.start(process.execPath, ['--import', assets, '--input-type=module', '-e', script]);
}

test('a history becomes partitioned, with real visits, campaigns and folded referrers, and nothing is lost', async () => {
  const { store } = await begin({ visitors: 4, days: 75 });
  const before = await readRows(store);
  await migrate(store);
  expectTakenOver(before, await readRows(store));
  const names = 'SELECT DISTINCT tableoid::regclass::text AS name FROM raw_events ORDER BY 1';
  const months = ['2025_11', '2025_12', '2026_01', '2026_02'].map(month => ({ name: `raw_events_${month}` }));
  expect(await store.query(names)).toEqual(months);

  const campaigns = await store.query(
    `SELECT DISTINCT url_query AS query, utm_source AS "utmSource", utm_medium AS "utmMedium", utm_campaign AS "utmCampaign",
      utm_term AS "utmTerm", utm_content AS "utmContent" FROM raw_events`,
  );
  expect(campaigns).toHaveLength(4);
  for (const { query, ...campaign } of campaigns) expect(campaign).toEqual(readCampaign(query as string | null));
});

test('every day is marked for the rollups, ids go on, and a second start changes nothing', async () => {
  const { store } = await begin({ visitors: 2, days: 15 });
  await migrate(store);
  expect(await store.query('SELECT count(*)::int AS n FROM dirty_windows')).toEqual([{ n: 30 }]);
  expect(await store.query("SELECT nextval('raw_events_id_seq')::int AS id")).toEqual([{ id: 15 * 2 * 60 + 1 }]);
  expect(await store.query("SELECT to_regnamespace('muntra_takeover')::text AS left")).toEqual([{ left: null }]);
  const rows = await readRows(store);
  await migrate(store);
  expect(await readRows(store)).toEqual(rows);
});

test('a campaign is read as at ingest, whatever the query', async () => {
  const { store } = await begin({ visitors: 0, days: 0 });
  const queries = [
    'utm_source=a&utm_source=b',
    'utm_source=&utm_source=b',
    'xutm_source=a&utm_medium=b=c',
    'utm_source=%F0%9F%8D%AA+%e2%82%ac&utm_term=100%',
    'utm_source=%C3%28&utm_medium=%41%',
    'utm_content=a%26b%3Dc&utm_campaign=%2B+%252B',
    `utm_source=${'x'.repeat(300)}`,
    'UTM_SOURCE=a',
    'utm_source',
  ];
  await store.query(
    `INSERT INTO raw_events (site_id, visitor_hash, session_hash, url_path, url_query, event_name)
     SELECT 's', 'v', 'v', '/', query, 'pageview' FROM unnest($1::text[]) query`,
    [queries],
  );
  await migrate(store);
  const columns = ['utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content'].join(', ');
  const rows = await store.query(`SELECT ${columns} FROM raw_events ORDER BY id`);
  expect(rows.map(row => Object.values(row))).toEqual(queries.map(query => Object.values(readCampaign(query))));
});

test('texts longer than ours are cut', async () => {
  const { store } = await begin({ visitors: 0, days: 0 });
  await store.query(
    `INSERT INTO raw_events (site_id, visitor_hash, session_hash, url_path, event_name)
     SELECT 's', 'v', 'v', '/' || repeat(letter, 5000), 'pageview' FROM unnest(ARRAY['a', 'é', '🍪']) letter`,
  );
  await migrate(store);
  const [bytes] = await store.query(
    'SELECT max(octet_length(url_path)) AS longest, min(length(url_path)) FROM raw_events',
  );
  expect(bytes).toEqual({ longest: 2397, min: 600 });
});

test('texts that are rolled up fit into an index, and a custom event named engagement is still counted', async () => {
  const { store } = await begin({ visitors: 0, days: 0 });
  const columns = ['referrer_domain', 'ua_browser', 'ua_os_version', 'country', 'language', 'timezone', 'event_name'];
  await store.query(
    `INSERT INTO raw_events (site_id, visitor_hash, session_hash, url_path, created_at, ${columns})
     SELECT 's', 'v', 'v', '/', '2025-11-20', ${columns.map(() => 'text')}
     FROM unnest(ARRAY['engagement', 'pageview', (SELECT string_agg(chr(20000 + n), '') FROM generate_series(1, 5000) n)]) text`,
  );
  await migrate(store);
  await createRollup({ store, interval: 0, log: createLogger('silent', process.stdout), now: Date.now }).refresh();
  expect(await store.query('SELECT count(*)::int AS n FROM dirty_windows')).toEqual([{ n: 0 }]);
  const names = await store.query<{ value: string }>(
    `SELECT left(value, 20) AS value FROM breakdowns_daily WHERE dimension = 'event' ORDER BY 1`,
  );
  expect(names.map(({ value }) => value)).toContain('custom engagement');
});

test('killed in the middle it goes on, also if the Go Muntra has written meanwhile; until the end nothing has changed', async () => {
  const go = await begin({ visitors: 8, days: 75 });
  const { store } = go;
  const muntra = startElsewhere(go);
  await until('the second month', () => muntra.output().includes('"month":"2025-12"') || !muntra.running);
  await muntra.kill();
  expect(muntra.output()).not.toContain('is taken over');
  expect(await kind(store)).toBe('r');
  expect(await store.query("SELECT to_regclass('muntra_takeover.raw_events_2025_11') IS NOT NULL AS kept")).toEqual([
    { kept: true },
  ]);
  await store.query("DELETE FROM raw_events WHERE url_path = '/page/3' AND created_at < '2025-11-21'");
  await store.query(
    `INSERT INTO raw_events (site_id, visitor_hash, session_hash, url_path, event_name, created_at)
     VALUES ('late', 'v', 'v', '/', 'pageview', '2025-11-29'), ('late', 'v', 'v', '/', 'pageview', '2026-07-01')`,
  );
  const before = await readRows(store);
  await migrate(store);
  expect(await kind(store)).toBe('p');
  expectTakenOver(before, await readRows(store));
});

test('instances that start at once take it over once', async () => {
  const { store } = await begin({ visitors: 4, days: 75 });
  const before = await readRows(store);
  await Promise.all([migrate(store), migrate(store), migrate(store)]);
  expectTakenOver(before, await readRows(store));
});

test('what depends on the old table is not dropped with it', async () => {
  const { store } = await begin({ visitors: 1, days: 1 });
  await store.query('CREATE VIEW mine AS SELECT url_path FROM raw_events');
  const refused = { code: 'store_start', message: expect.stringContaining('view mine depends on table raw_events') };
  await expect(migrate(store)).rejects.toMatchObject(refused);
  expect(await store.query('SELECT count(*)::int AS n FROM mine')).toEqual([{ n: 60 }]);
  await store.query('DROP VIEW mine');
  await migrate(store);
  expect(await kind(store)).toBe('p');
});
