/** From a page in a real browser, on another origin than the server's, to what the command line tells of it. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { SiteReport } from '../cli/report/site-report.ts';
import { shell } from '../cli/testing/program.ts';
import { type Origin, openOrigin } from '../tracker/testing/origin.ts';
import type { SiteDetail } from './contract/site.ts';
import type { StatsAnswer } from './contract/stats.ts';
import { launchBrowser, startReader } from './testing/browser.ts';
import { type Muntra, startMuntra } from './testing/muntra.ts';
import { openProcesses, until } from './testing/processes.ts';

const processes = openProcesses();
let muntra: Muntra;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let origin: Origin;
/** Of a page of that origin. */
let url: (path: string, host?: string) => string;
/** Each test has a site of its own. */
let site: string;
let sites = 0;

beforeAll(async () => {
  [muntra, browser] = await Promise.all([startMuntra(processes), launchBrowser()]);
  context = await browser.newContext();
});
afterAll(async () => {
  await browser.close();
  await processes.close();
});

beforeEach(async () => {
  site = `site-${++sites}`;
  page = await context.newPage();
});
afterEach(async () => {
  await page.close();
  await origin.close();
});

/**
 * Pages with the tag of the server, and the head that is given for a path; events are allowed from `site.test` alone.
 * Hosts with names, as to an address of this machine a headless browser says in a header what it is.
 */
async function publish(heads: Record<string, string> = {}): Promise<void> {
  const tag = `<script src="http://stats.test:${muntra.port}/muntra/script.js" data-site-id="${site}"></script>`;
  const paths = ['/', '/next', ...Object.keys(heads)];
  origin = await openOrigin(Object.fromEntries(paths.map(path => [path, tag + (heads[path] ?? '')])));
  url = (path, host = 'site.test') => `http://${host}:${new URL(origin.url).port}${path}`;
  await muntra.api('POST', '/api/sites', { id: site, origins: ['site.test'] });
}

async function command(line: string): Promise<string> {
  const { code, stdout, stderr } = await shell(line, {
    MUNTRA_DATA_DIR: muntra.dataDir,
    MUNTRA_HTTP_ADDR: `127.0.0.1:${muntra.port}`,
  });
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

/** What the command line tells once the server has enough to tell. */
async function report(enough: () => Promise<boolean>): Promise<SiteReport> {
  await until('what the report waits for', enough);
  return JSON.parse(await command(`muntra stats ${site} --period 24h --json`));
}

const counted = async (what: keyof StatsAnswer): Promise<number> =>
  (await muntra.api<StatsAnswer>('GET', `/api/stats?site=${site}`))[what].value;
const turnedAway = async (): Promise<boolean> =>
  (await muntra.api<SiteDetail>('GET', `/api/sites/${site}`)).drops.length > 0;
const reportOf = (pageviews: number): Promise<SiteReport> =>
  report(async () => (await counted('pageviews')) >= pageviews);

const figures = ({ stats }: SiteReport) => ({
  pageviews: stats.pageviews.value,
  visitors: stats.visitors.value,
  visits: stats.visits.value,
  bounces: stats.bounces.value,
});
const urls = ({ breakdowns }: SiteReport) => breakdowns.url.map(({ x, y }) => [x, y]);

test('a first load', async () => {
  await publish();
  await page.goto(url('/'), { referer: 'https://news.example/today?id=1' });
  const told = await reportOf(1);
  expect(figures(told)).toEqual({ pageviews: 1, visitors: 1, visits: 1, bounces: 1 });
  expect(told.breakdowns).toMatchObject({
    url: [{ x: '/', y: 1, visitors: 1 }],
    referrer: [{ x: 'news.example', y: 1, visitors: 1 }],
    browser: [{ x: 'Chrome' }],
    os: [{ x: 'Linux' }],
    device: [{ x: 'desktop' }],
  });
  expect(told.active).toBe(1);
  expect(told.drops).toEqual({});
});

test('navigation within a single-page app, then back and forward', async () => {
  await publish();
  await page.goto(url('/'));
  await page.evaluate("history.pushState({}, '', '/products'); history.replaceState({}, '', '/products/1')");
  await page.evaluate("history.pushState({}, '', '/cart')");
  await page.evaluate('history.back()');
  await until('back', () => page.url() === url('/products/1'));
  await page.evaluate('history.forward()');
  const told = await reportOf(6);
  expect(figures(told)).toEqual({ pageviews: 6, visitors: 1, visits: 1, bounces: 0 });
  expect(urls(told)).toEqual([
    ['/cart', 2],
    ['/products/1', 2],
    ['/', 1],
    ['/products', 1],
  ]);
  expect(told.breakdowns.referrer).toEqual([]);
});

test('back and forward between pages', async () => {
  await publish();
  await page.goto(url('/'));
  await page.goto(url('/next'));
  for (const [way, path] of [
    ['back', '/'],
    ['forward', '/next'],
  ] as const) {
    await page.evaluate(`history.${way}()`).catch(() => {});
    await until(`${way} to ${path}`, () => page.url() === url(path));
  }
  const told = await reportOf(4);
  expect([figures(told).pageviews, figures(told).visits]).toEqual([4, 1]);
  expect(urls(told)).toEqual([
    ['/', 2],
    ['/next', 2],
  ]);
});

test('a custom event with its properties', async () => {
  await publish();
  await page.goto(url('/'));
  await page.evaluate("muntra.track('signup', { plan: 'pro' })");
  // The event makes it no bounce.
  const told = await report(async () => (await counted('pageviews')) === 1 && (await counted('bounces')) === 0);
  expect(figures(told)).toEqual({ pageviews: 1, visitors: 1, visits: 1, bounces: 0 });
  expect(told.breakdowns.event).toEqual([{ x: 'signup', y: 1, visitors: 1 }]);
  expect(JSON.parse(await command(`muntra top prop:plan ${site} --event signup --json`))).toMatchObject([
    { x: 'pro', y: 1 },
  ]);
});

test('a page of an origin that is not allowed', async () => {
  await publish();
  await page.goto(url('/', 'other.test'));
  const told = await report(turnedAway);
  expect(told.drops).toEqual({ origin: 1 });
  expect(figures(told)).toEqual({ pageviews: 0, visitors: 0, visits: 0, bounces: 0 });
});

test('a tab that is closed at once', async () => {
  await publish({ '/closing': '<script>close()</script>' });
  await page.goto(url('/'));
  const closed = context.waitForEvent('page').then(tab => tab.waitForEvent('close'));
  await page.evaluate("void open('/closing')");
  await closed;
  expect(urls(await reportOf(2))).toEqual([
    ['/', 1],
    ['/closing', 1],
  ]);
});

test('the time on the only page of a visit', async () => {
  await publish();
  await page.goto(url('/'));
  await page.waitForTimeout(1100);
  await page.goto('about:blank');
  const told = await report(async () => (await counted('duration')) >= 1);
  expect(figures(told)).toEqual({ pageviews: 1, visitors: 1, visits: 1, bounces: 1 });
});

test('a page that the browser renders ahead', async () => {
  const rules = { prerender: [{ urls: ['/next'], eagerness: 'immediate' }] };
  await publish({
    '/ahead': `<script type="speculationrules">${JSON.stringify(rules)}</script><a href="/next">Next</a>
      <script>setTimeout(() => document.links[0].click(), 1500)</script>`,
    '/next': "<script>fetch('/mark/' + (document.prerendering ? 'ahead' : 'late'), { method: 'POST' })</script>",
  });
  const reader = startReader(processes, url('/ahead'));
  expect(urls(await reportOf(2))).toEqual([
    ['/ahead', 1],
    ['/next', 1],
  ]);
  expect(origin.hits.map(({ fields }) => fields.mark)).toEqual(['ahead']);
  await reader.stop();
});

test('a robot that says so', async () => {
  await publish();
  const robot = await launchBrowser({ webdriver: true });
  try {
    const tab = await robot.newPage();
    await tab.goto(url('/'));
    const told = await report(turnedAway);
    expect(told.drops).toEqual({ bot: 1 });
    expect(figures(told)).toEqual({ pageviews: 0, visitors: 0, visits: 0, bounces: 0 });
  } finally {
    await robot.close();
  }
});
