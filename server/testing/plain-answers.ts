/**
 * The answers as a reader of the contract would work them out: over all rows of `raw_events`, one after the other, without
 * a thought for speed. Shares no code with what it is compared to.
 */
import type {
  BreakdownAnswer,
  Dimension,
  Filter,
  Grouping,
  StatsAnswer,
  TimeseriesAnswer,
  Unit,
} from '../contract/stats.ts';
import type { Store } from '../store/postgres.ts';

export interface Row {
  id: number;
  at: number;
  /** Of the UTC day. */
  day: string;
  visitor: string;
  visit: string;
  name: string;
  /** Dimensions but `entry` and `exit`; '' for none. */
  values: Partial<Record<Dimension, string>>;
  data: Record<string, unknown> | null;
}

const MINUTE = 60_000;
const QUARTER = 15 * MINUTE;

export async function readRows(store: Store, site: string): Promise<Row[]> {
  const stored = await store.query<Record<string, string | null>>(
    `SELECT id::float8 AS id, to_char(created_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at, event_data::text AS data, *
     FROM raw_events WHERE site_id = $1`,
    [site],
  );
  return stored.map(row => ({
    id: Number(row.id),
    at: Date.parse(row.at ?? ''),
    day: (row.at ?? '').slice(0, 10),
    visitor: row.visitor_hash ?? '',
    visit: `${(row.at ?? '').slice(0, 10)} ${row.session_hash}`,
    name: row.event_name ?? '',
    data: row.data ? JSON.parse(row.data) : null,
    values: {
      url: row.url_path ?? '',
      referrer: row.referrer_domain ?? '',
      country: row.country ?? '',
      region: row.region ?? '',
      city: row.city ?? '',
      browser: row.ua_browser ?? '',
      os: row.ua_os ?? '',
      device: row.ua_device ?? '',
      browser_version: row.ua_browser_version ?? '',
      os_version: row.ua_os_version ?? '',
      language: row.language ?? '',
      screen: row.screen ?? '',
      viewport: row.viewport ?? '',
      timezone: row.timezone ?? '',
      event: row.event_name === 'pageview' ? '' : (row.event_name ?? ''),
      utm_source: row.utm_source ?? '',
      utm_medium: row.utm_medium ?? '',
      utm_campaign: row.utm_campaign ?? '',
      utm_term: row.utm_term ?? '',
      utm_content: row.utm_content ?? '',
    },
  }));
}

export interface Span {
  from: number;
  to: number;
}

export function plainStats(rows: Row[], { from, to }: Span, filters: Filter[]): StatsAnswer {
  const now = figures(rows, { from, to }, filters);
  const prev = figures(rows, { from: from - (to - from), to: from }, filters);
  return {
    pageviews: { value: now.pageviews, prev: prev.pageviews },
    visitors: { value: now.visitors, prev: prev.visitors },
    visits: { value: now.visits, prev: prev.visits },
    bounces: { value: now.bounces, prev: prev.bounces },
    duration: { value: now.duration, prev: prev.duration },
  };
}

/** The buckets are found by asking, every quarter of an hour (or minute), what the clock in the time zone shows. */
export function plainTimeseries(
  rows: Row[],
  span: Span,
  { unit, zone, filters }: { unit: Unit; zone: string; filters: Filter[] },
): TimeseriesAnswer {
  const clock = clockOf(zone, unit);
  const step = unit === 'minute' ? MINUTE : QUARTER;
  let first = span.from - (span.from % step);
  while (clock(first - 1) === clock(span.from)) first -= step;
  const points: TimeseriesAnswer['points'] = [];
  for (let from = first, to = first; from < span.to; from = to) {
    while (to < span.to && clock(to) === clock(from)) to += step;
    const bucket = { from: Math.max(from, span.from), to: Math.min(to, span.to) };
    const { pageviews, visits, visitors } = figures(rows, bucket, filters, span);
    points.push({ x: from, pageviews, sessions: visits, visitors });
  }
  return { unit, points };
}

export function plainBreakdown(
  rows: Row[],
  by: Grouping,
  span: Span,
  limit: number,
  filters: Filter[],
): BreakdownAnswer {
  const { matching, visits } = select(rows, span, filters);
  const groups = new Map<string, { y: number; visitors: Set<string> }>();
  const count = (x: string, row: Row): void => {
    if (x === '') return;
    const group = groups.get(x) ?? { y: 0, visitors: new Set() };
    group.y++;
    group.visitors.add(`${row.day} ${row.visitor}`);
    groups.set(x, group);
  };
  if (by === 'entry' || by === 'exit') {
    for (const visit of visits) {
      for (const row of visit.rows.slice(0, 1)) count(visit[by], row);
    }
  } else {
    for (const row of matching) count(read(row, by), row);
  }
  return [...groups]
    .map(([x, { y, visitors }]) => ({ x, y, visitors: visitors.size }))
    .sort((a, b) => b.y - a.y || Buffer.compare(Buffer.from(a.x), Buffer.from(b.x)))
    .slice(0, limit);
}

function read(row: Row, by: Exclude<Grouping, 'entry' | 'exit'>): string {
  if (typeof by === 'string') return row.values[by] ?? '';
  const value = row.name === by.event ? row.data?.[by.property] : undefined;
  return value === undefined || value === null ? '' : String(value);
}

interface Visit {
  rows: Row[];
  entry: string;
  exit: string;
}

function figures(rows: Row[], span: Span, filters: Filter[], whole: Span = span) {
  const { matching, visits } = select(rows, span, filters, whole);
  let bounces = 0;
  let milliseconds = 0;
  for (const visit of visits) {
    const counted = visit.rows.filter(row => row.name !== 'engagement');
    if (counted.length === 1 && counted[0]?.name === 'pageview') bounces++;
    const times = visit.rows.map(row => row.at);
    milliseconds += Math.max(...times) - Math.min(...times);
  }
  return {
    pageviews: matching.filter(row => row.name === 'pageview').length,
    visitors: new Set(matching.map(row => `${row.day} ${row.visitor}`)).size,
    visits: visits.length,
    bounces,
    duration: Math.floor(milliseconds / 1000),
  };
}

/** Events of a time that pass the filters, and the visits, cut to that time, that have such an event. */
function select(rows: Row[], span: Span, filters: Filter[], whole: Span = span): { matching: Row[]; visits: Visit[] } {
  const all = visitsOf(rows, whole);
  const matches = (row: Row): boolean =>
    row.name !== 'engagement' &&
    filters.every(({ dimension, op, value }) => {
      const own =
        dimension === 'entry' || dimension === 'exit' ? all.get(row.visit)?.[dimension] : row.values[dimension];
      return passes(own ?? '', op, value);
    });
  const matching = rows.filter(row => row.at >= span.from && row.at < span.to && matches(row));
  const met = new Set(matching.map(row => row.visit));
  return { matching, visits: [...visitsOf(rows, span)].filter(([id]) => met.has(id)).map(([, visit]) => visit) };
}

function visitsOf(rows: Row[], { from, to }: Span): Map<string, Visit> {
  const visits = new Map<string, Visit>();
  for (const row of rows.filter(({ at }) => at >= from && at < to).sort((a, b) => a.at - b.at || a.id - b.id)) {
    const visit = visits.get(row.visit) ?? { rows: [], entry: '', exit: '' };
    if (row.name === 'pageview') {
      if (!visit.rows.some(({ name }) => name === 'pageview')) visit.entry = row.values.url ?? '';
      visit.exit = row.values.url ?? '';
    }
    visit.rows.push(row);
    visits.set(row.visit, visit);
  }
  return visits;
}

function passes(own: string, op: Filter['op'], value: string): boolean {
  if (op === 'is') return own === value;
  if (op === 'is_not') return own !== value;
  return op === 'contains' ? own.includes(value) : own.startsWith(value);
}

/** What tells one hour, day or month from the next. */
function clockOf(zone: string, unit: Unit): (at: number) => string {
  const format = new Intl.DateTimeFormat('sv', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    ...(unit === 'month' ? {} : { day: '2-digit' }),
    ...(unit === 'hour' || unit === 'minute' ? { hour: '2-digit', timeZoneName: 'longOffset' } : {}),
    ...(unit === 'minute' ? { minute: '2-digit' } : {}),
  });
  return at => format.format(at);
}
