import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { startMuntra } from '../testing/muntra.ts';
import { openProcesses } from '../testing/processes.ts';
import { offsetReader } from './clock.ts';

const processes = openProcesses();
afterAll(() => processes.close());

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0';

/** Tells of each use of Intl. */
const WATCH = `
for (const name of Object.getOwnPropertyNames(Intl)) {
  if (typeof Intl[name] !== 'function') continue;
  const tell = () => process.stdout.write('Intl.' + name + ' is used\\n');
  Intl[name] = new Proxy(Intl[name], {
    construct: (of, args) => (tell(), Reflect.construct(of, args)),
    apply: (of, self, args) => (tell(), Reflect.apply(of, self, args)),
  });
}`;

test('an offset is that of the moment', () => {
  const offset = offsetReader('Europe/Stockholm');
  const summer = Date.parse('2026-10-25T01:00Z');
  expect([offset(summer - 1), offset(summer)]).toEqual([2 * 3_600_000, 3_600_000]);
  expect(offsetReader('UTC')(summer)).toBe(0);
});

test('a server whose sites have UTC leaves Intl alone', async () => {
  const watch = join(processes.dir('watch'), 'watch.cjs');
  writeFileSync(watch, WATCH);
  const muntra = await startMuntra(processes, { env: { NODE_OPTIONS: `--require ${watch}` } });
  await muntra.api('POST', '/api/sites', { id: 'utc', origins: ['example.com'] });
  const sent = await fetch(`http://127.0.0.1:${muntra.port}/collect`, {
    method: 'POST',
    headers: { 'user-agent': FIREFOX, origin: 'https://example.com' },
    body: JSON.stringify({ site_id: 'utc', url: 'https://example.com/', timezone: 'Asia/Tokyo', language: 'ja' }),
  });
  expect(sent.status).toBe(204);
  await muntra.api('GET', '/api/timeseries?site=utc&unit=day');
  await muntra.api('GET', '/api/breakdown?site=utc&by=url');
  await muntra.api('POST', '/api/rollup');
  await muntra.api('GET', '/api/system');
  expect(muntra.output()).not.toContain('is used');

  await muntra.api('PATCH', '/api/sites/utc', { timezone: 'Asia/Tokyo' });
  expect(muntra.output()).toContain('Intl.DateTimeFormat is used');
});
