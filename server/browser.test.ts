/** From a page in a real browser, on another origin than the server's, to what the command line tells of it. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { SiteReport } from '../cli/report/site-report.ts';
import { shell } from '../cli/testing/program.ts';
import { type Origin, openOrigin } from '../tracker/testing/origin.ts';
import { CHROMIUM_FLAGS, findChromium, launchBrowser } from './testing/browser.ts';
import { type Muntra, startMuntra } from './testing/muntra.ts';
import { openProcesses } from './testing/processes.ts';

/** A headless browser names itself so, and is taken for the robot that it mostly is. */
const READER = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36';
const HINTS = { 'sec-ch-ua': '"Chromium";v="147", "Google Chrome";v="147"' };

/** Longer than a beacon takes on a machine that is busy with other tests. */
const PATIENCE = { timeout: 10_000 };

const processes = openProcesses();
let muntra: Muntra;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let origin: Origin;
/** Each test has a site of its own. */
let site: string;
let sites = 0;

beforeAll(async () => {
  [muntra, browser] = await Promise.all([startMuntra(processes), launchBrowser()]);
  context = await browser.newContext({ userAgent: READER, extraHTTPHeaders: HINTS });
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

/** Pages with the tag of the server, and the head that is given for a path; events are allowed from 127.0.0.1 alone. */
async function publish(heads: Record<string, string> = {}): Promise<void> {
  const tag = `<script src="http://localhost:${muntra.port}/muntra/script.js" data-site-id="${site}"></script>`;
  const paths = ['/', '/next', ...Object.keys(heads)];
  origin = await openOrigin(Object.fromEntries(paths.map(path => [path, tag + (heads[path] ?? '')])));
  await command(`muntra sites add ${site} --origin ${new URL(origin.url).host}`);
}

async function command(line: string): Promise<string> {
  const { code, stdout, stderr } = await shell(line, {
    MUNTRA_DATA_DIR: muntra.dataDir,
    MUNTRA_HTTP_ADDR: `127.0.0.1:${muntra.port}`,
  });
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

const report = async (): Promise<SiteReport> => JSON.parse(await command(`muntra stats ${site} --period 24h --json`));

/** The report once it has `pageviews`. */
async function reportOf(pageviews: number): Promise<SiteReport> {
  await expect.poll(async () => figures(await report()).pageviews, PATIENCE).toBeGreaterThanOrEqual(pageviews);
  return report();
}

const figures = ({ stats }: SiteReport) => ({
  pageviews: stats.pageviews.value,
  visitors: stats.visitors.value,
  visits: stats.visits.value,
  bounces: stats.bounces.value,
});
const urls = ({ breakdowns }: SiteReport) => breakdowns.url.map(({ x, y }) => [x, y]);

test('a first load', async () => {
  await publish();
  await page.goto(`${origin.url}/`, { referer: 'https://news.example/today?id=1' });
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
  await page.goto(`${origin.url}/`);
  await page.evaluate("history.pushState({}, '', '/products'); history.replaceState({}, '', '/products/1')");
  await page.evaluate("history.pushState({}, '', '/cart')");
  await page.evaluate('history.back()');
  await expect.poll(() => page.url(), PATIENCE).toBe(`${origin.url}/products/1`);
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
  await page.goto(`${origin.url}/`);
  await page.goto(`${origin.url}/next`);
  for (const [way, path] of [
    ['back', '/'],
    ['forward', '/next'],
  ]) {
    await page.evaluate(`history.${way}()`).catch(() => {});
    await expect.poll(() => page.url(), PATIENCE).toBe(origin.url + path);
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
  await page.goto(`${origin.url}/`);
  await page.evaluate("muntra.track('signup', { plan: 'pro' })");
  await expect
    .poll(async () => (await report()).breakdowns.event, PATIENCE)
    .toEqual([{ x: 'signup', y: 1, visitors: 1 }]);
  expect(figures(await report())).toEqual({ pageviews: 1, visitors: 1, visits: 1, bounces: 0 });
  expect(JSON.parse(await command(`muntra top prop:plan ${site} --event signup --json`))).toMatchObject([
    { x: 'pro', y: 1 },
  ]);
});

test('a page of an origin that is not allowed', async () => {
  await publish();
  await page.goto(`http://localhost:${new URL(origin.url).port}/`);
  await expect.poll(async () => (await report()).drops, PATIENCE).toEqual({ origin: 1 });
  expect(figures(await report())).toEqual({ pageviews: 0, visitors: 0, visits: 0, bounces: 0 });
});

test('a tab that is closed at once', async () => {
  await publish({ '/closing': '<script>close()</script>' });
  await page.goto(`${origin.url}/`);
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
  await page.goto(`${origin.url}/`);
  await page.waitForTimeout(1100);
  await page.goto('about:blank');
  await expect.poll(async () => (await report()).stats.duration.value, PATIENCE).toBeGreaterThanOrEqual(1);
  expect(figures(await report())).toEqual({ pageviews: 1, visitors: 1, visits: 1, bounces: 1 });
});

test('a page that the browser renders ahead', async () => {
  const rules = { prerender: [{ urls: ['/next'], eagerness: 'immediate' }] };
  await publish({
    '/ahead': `<script type="speculationrules">${JSON.stringify(rules)}</script><a href="/next">Next</a>
      <script>setTimeout(() => document.links[0].click(), 1500)</script>`,
  });
  const { path, env } = findChromium();
  const profile = processes.dir('profile');
  const reader = [`--user-agent=${READER}`, '--disable-features=UserAgentClientHint'];
  const flags = [...CHROMIUM_FLAGS, ...reader, '--headless', '--disable-gpu', `--user-data-dir=${profile}`];
  // Not through playwright, which switches prerendering off.
  const reading = processes.start(path, [...flags, `${origin.url}/ahead`], { env: { ...env, HOME: profile } });
  expect(urls(await reportOf(2))).toEqual([
    ['/ahead', 1],
    ['/next', 1],
  ]);
  await reading.stop();
});

test('a robot that says so', async () => {
  await publish();
  const robot = await launchBrowser({ webdriver: true });
  try {
    const tab = await robot.newPage({ userAgent: READER, extraHTTPHeaders: HINTS });
    await tab.goto(`${origin.url}/`);
    await expect.poll(async () => (await report()).drops, PATIENCE).toEqual({ bot: 1 });
    expect(figures(await report())).toEqual({ pageviews: 0, visitors: 0, visits: 0, bounces: 0 });
  } finally {
    await robot.close();
  }
});
