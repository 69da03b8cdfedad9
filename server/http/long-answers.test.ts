/** Whatever visitors sent and people ask for, the server with its small heap gives answers. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Muntra, startMuntra } from '../testing/muntra.ts';
import { openProcesses, type Processes } from '../testing/processes.ts';

const EVENTS = 10_000;
/** As long as `/collect` leaves a path, in characters of three bytes, which V8 keeps in two each. */
const PATH = '漢'.repeat(790);

let processes: Processes;
let muntra: Muntra;
beforeAll(async () => {
  processes = openProcesses();
  muntra = await startMuntra(processes);
  await muntra.api('POST', '/api/sites', { id: 'mysite' });
  // The first one makes the table of the month.
  await fetch(`http://127.0.0.1:${muntra.port}/collect`, {
    method: 'POST',
    headers: { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0' },
    body: '{"site_id":"mysite","url":"/"}',
  });
  await muntra.api('POST', '/api/flush');
  await muntra.rows(
    `INSERT INTO raw_events (created_at, site_id, visitor_hash, session_hash, event_name, url_path, url_query, event_data)
     SELECT now() - n * interval '1 microsecond', 'mysite', md5(n::text), md5(n::text), 'long', '/' || n || $2, $2,
       jsonb_build_object('text', left($2, 600))
     FROM generate_series(2, $1) n`,
    [EVENTS, PATH],
  );
}, 60_000);
afterAll(() => processes.close());

const times = <T>(count: number, ask: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, ask));
const list = (limit: number) => muntra.api<unknown[]>('GET', `/api/breakdown?site=mysite&by=url&limit=${limit}`);

test('a list that is too long for an answer is refused, with its size', async () => {
  const problem = /these values have 237\d{5} bytes, an answer at most 2097152.*ask for fewer/;
  const answers = await times(4, () => list(10_000).catch(String));
  for (const answer of answers) expect(answer).toMatch(problem);
});

test('a range of centuries is no longer than its events', async () => {
  const all = `site=mysite&from=0&to=${Date.UTC(2299, 0)}`;
  for (const filter of ['url:is:/', 'entry:is:/']) {
    const stats = `/api/stats?${all}&filter=${filter}`;
    for (const answer of await times(8, () => muntra.api('GET', stats)))
      expect(answer).toMatchObject({ pageviews: { value: 1 } });
  }
  const list = `/api/breakdown?${all}&by=prop:text&event=pageview`;
  for (const answer of await times(8, () => muntra.api('GET', list))) expect(answer).toEqual([]);
  expect(muntra.running).toBe(true);
});

test('the longest lists and exports come through, many at a time', { timeout: 60_000 }, async () => {
  for (const rows of await times(16, () => list(800))) expect(rows).toHaveLength(800);
  for (const lines of await times(2, countExported)) expect(lines).toBe(EVENTS);
  expect(muntra.running).toBe(true);
});

async function countExported(): Promise<number> {
  let lines = 0;
  for await (const chunk of await muntra.stream('/api/export?site=mysite')) {
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++;
  }
  return lines;
}
