/**
 * How PostgreSQL answers the main questions: each is asked as the API does, and what it sends to the database is asked
 * again with EXPLAIN. Prints Markdown; docs/queries.md has it.
 */
import type { PoolClient } from 'pg';
import type { Site } from '../contract/site.ts';
import { createStats, type Range, type Stats } from '../stats/stats.ts';
import type { Store } from '../store/postgres.ts';

export interface Explained {
  name: string;
  /** In the order in which they are sent; what is sent again with other values is left out. */
  queries: { about: string; plan: string }[];
}

const DAY = 86_400_000;
const WIDTH = 150;

type Ask = (stats: Stats, site: Site, range: Range) => Promise<unknown>;

/** The last so many days of the site, the running one included. */
const QUESTIONS: [name: string, days: number, ask: Ask][] = [
  ['Totals of 30 days', 30, (stats, site, range) => stats.stats(site, range, [])],
  ['Days of 90 days', 90, (stats, site, range) => stats.timeseries(site, range, 'day', [])],
  ['Pages of 90 days', 90, (stats, site, range) => stats.breakdown(site, 'url', range, 100, [])],
  [
    'Totals of 7 days, of visitors from Sweden',
    7,
    (stats, site, range) => stats.stats(site, range, [{ dimension: 'country', op: 'is', value: 'SE' }]),
  ],
  [
    'Pages of 7 days, of visits that began at one',
    7,
    (stats, site, range) =>
      stats.breakdown(site, 'url', range, 100, [{ dimension: 'entry', op: 'starts_with', value: '/blog' }]),
  ],
];

/** `now`: unix milliseconds, within the last day that has events. */
export async function explainQuestions(store: Store, site: Site, now: number): Promise<Explained[]> {
  const to = Math.ceil(now / DAY) * DAY;
  const explained: Explained[] = [];
  for (const [name, days, ask] of QUESTIONS) {
    const sent = await listen(store, stats => ask(stats, site, { from: to - days * DAY, to }));
    const queries = [];
    for (const [sql, values] of sent) queries.push({ about: comment(sql), plan: await explain(store, sql, values) });
    explained.push({ name, queries });
  }
  return explained;
}

/** What a question sends, by its text, with the values of the first time. It is asked once before, so that all is warm. */
async function listen(store: Store, ask: (stats: Stats) => Promise<unknown>): Promise<Map<string, unknown[]>> {
  await ask(createStats(store));
  const sent = new Map<string, unknown[]>();
  const listening: Store = {
    ...store,
    transaction: work =>
      store.transaction(client => {
        const query = (sql: string, values?: unknown[]) => {
          if (values && !sent.has(sql)) sent.set(sql, values);
          return client.query(sql, values);
        };
        return work(Object.assign(Object.create(client), { query }) as PoolClient);
      }),
  };
  await ask(createStats(listening));
  return sent;
}

function explain(store: Store, sql: string, values: unknown[]): Promise<string> {
  return store.transaction(async client => {
    await client.query("SET LOCAL work_mem = '16MB'");
    const { rows } = await client.query<Record<'QUERY PLAN', string>>(
      `EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) ${sql}`,
      values,
    );
    return rows.map(row => cut(row['QUERY PLAN'])).join('\n');
  });
}

/** Conditions with many times or days make endless lines; those of nodes tell how many rows there were. */
const cut = (line: string): string =>
  line.length > WIDTH && !line.includes('(actual ') ? `${line.slice(0, WIDTH)}...` : line;

/** The first sentence of the first comment: `-- Totals from events. $1 site. ...` -> `Totals from events.` */
function comment(sql: string): string {
  const [lines = ''] = /(^-- .*\n)+/m.exec(sql) ?? [];
  return /^.+?\.(?=\s)/.exec(lines.replace(/^-- /gm, '').replaceAll('\n', ' '))?.[0] ?? '';
}

export function plansPage(explained: Explained[]): string {
  return explained
    .map(({ name, queries }) => {
      const plans = queries.map(({ about, plan }) => `${about}\n\n\`\`\`\n${plan}\n\`\`\`\n`);
      return [`### ${name}\n`, ...plans].join('\n');
    })
    .join('\n');
}
