/** A database as a Go Muntra leaves it: its tables, and a history of made-up visitors on the sites `blog` and `shop`. */
import type { Store } from '../store/postgres.ts';
import tables from './go-muntra.sql';
import { type TestStore, testStore } from './postgres.ts';

/** First day, UTC. */
const GO_HISTORY_BEGIN = '2025-11-20';

/** $1 visitors a day, 60 events each, on $2 days; about every other pause between two events ends a visit. */
const HISTORY = `INSERT INTO raw_events (site_id, visitor_hash, session_hash, url_path, url_query, referrer_domain,
    referrer_path, ua_browser, ua_browser_version, ua_os, ua_os_version, ua_device, language, screen, viewport, timezone,
    pixel_ratio, event_name, event_data, created_at)
  SELECT (ARRAY['blog', 'shop'])[1 + v % 2], md5(v || '/' || d), md5(v || '/' || d), '/page/' || n % 7,
    (ARRAY[NULL, 'q=1', 'utm_source=news+letter&utm_medium=e%2Dmail', 'a=b&utm_campaign=%C3%A9t%C3%A9&utm_term=%zz'])[1 + n % 4],
    (ARRAY[NULL, 'www.google.com', 'news.example'])[1 + n % 3], (ARRAY[NULL, '/search'])[1 + n % 2],
    'Chrome', '140.0', 'Windows', '11', 'desktop', 'sv-SE', '1920x1080', '1200x800', 'Europe/Stockholm', 1.25,
    CASE WHEN n % 10 = 9 THEN 'signup' ELSE 'pageview' END, CASE WHEN n % 10 = 9 THEN '{"plan": "pro"}'::jsonb END,
    '${GO_HISTORY_BEGIN}'::timestamptz + d * interval '1 day' + (n * n * 7 % 1440 * 60 + v) * interval '1.000001 s'
  FROM generate_series(1, $1::int) v, generate_series(0, $2::int - 1) d, generate_series(1, 60) n`;

export async function goMuntra({ visitors, days }: { visitors: number; days: number }): Promise<TestStore> {
  const db = await testStore('template0');
  await db.store.query(tables);
  await writeHistory(db.store, visitors, days);
  return db;
}

async function writeHistory(store: Store, visitors: number, days: number): Promise<void> {
  await store.query(HISTORY, [visitors, days]);
}
