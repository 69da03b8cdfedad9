import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { launchBrowser, startReader } from '../server/testing/browser.ts';
import { openProcesses } from '../server/testing/processes.ts';
import { type Hit, type Origin, openOrigin, TAG } from './testing/origin.ts';

let browser: Browser;
let context: BrowserContext;
let page: Page;
let origin: Origin;
/** What the page's own error handlers saw: the tracker must never be the cause of any. */
let errors: unknown[];

beforeAll(async () => {
  browser = await launchBrowser();
  context = await browser.newContext({
    viewport: { width: 1000, height: 700 },
    locale: 'sv-SE',
    timezoneId: 'Asia/Tokyo',
  });
});
afterAll(() => browser.close());

beforeEach(async () => {
  page = await context.newPage();
  errors = [];
  page.on('pageerror', error => errors.push(error));
});
afterEach(async () => {
  await page.close();
  await origin.close();
  expect(errors).toEqual([]);
});

/** `pageview /a` for a view of `/a`, `buy /a` for an event there. */
const told = (hits: Pick<Hit, 'fields'>[]): string[] =>
  hits.map(({ fields }) => `${fields.name ?? 'pageview'} ${String(fields.url).replace(/^https?:\/\/[^/]+/, '')}`);

const withoutEngagement = (hits: Hit[]): Hit[] => hits.filter(({ fields }) => fields.name !== 'engagement');

/** Makes `document.hidden` what the test says, from before the page's first script. */
const hideable = (): Promise<unknown> =>
  page.addInitScript(() => {
    let hidden = true;
    Object.defineProperty(document, 'hidden', { get: () => hidden });
    Object.assign(window, {
      show(shown: boolean) {
        hidden = !shown;
        document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
      },
    });
  });
const show = (shown: boolean): Promise<unknown> => page.evaluate(`show(${shown})`);

test('a view tells the fields of the wire, as text/plain, to the place beside the script', async () => {
  origin = await openOrigin({ '/a': '<script src="/muntra/script.js?v=1#x" data-site-id="my site"></script>' });
  await page.goto(`${origin.url}/a?utm_source=x#part`, { referer: 'https://search.example/?q=1' });
  const [hit] = await origin.settled(1);
  expect(origin.hits).toHaveLength(1);
  expect(hit).toEqual({
    to: '/muntra/collect',
    contentType: 'text/plain;charset=UTF-8',
    purpose: '',
    fields: {
      site_id: 'my site',
      url: `${origin.url}/a?utm_source=x`,
      referrer: 'https://search.example/?q=1',
      screen: '1000x700',
      viewport: '1000x700',
      timezone: 'Asia/Tokyo',
      pixel_ratio: 1,
      language: 'sv-SE',
      title: 'Title of /a',
      webdriver: false,
    },
  });
});

test('data-endpoint names another place', async () => {
  origin = await openOrigin({ '/a': '<script src="/script.js" data-site-id="s" data-endpoint="/elsewhere"></script>' });
  await page.goto(`${origin.url}/a`);
  expect((await origin.settled(1)).map(hit => hit.to)).toEqual(['/elsewhere']);
});

test('the tag works plain, async, deferred, as a module, inserted, and after the page has loaded', async () => {
  const inserted = "Object.assign(document.createElement('script'), { src: '/script.js' })";
  const insert = `const tag = ${inserted}; tag.dataset.siteId = 's'; document.head.append(tag);`;
  const pages = {
    '/plain': '<script src="/script.js" data-site-id="s"></script>',
    '/async': '<script async src="/script.js" data-site-id="s"></script>',
    '/defer': '<script defer src="/script.js" data-site-id="s"></script>',
    '/module': '<script type="module" src="/script.js" data-site-id="s"></script>',
    '/inserted': `<script>${insert}</script>`,
    '/late': `<script>addEventListener('load', () => setTimeout(() => { ${insert} }, 50));</script>`,
  };
  origin = await openOrigin(pages);
  for (const path of Object.keys(pages)) {
    await page.goto(origin.url + path);
    await expect.poll(() => told(withoutEngagement(origin.hits)).at(-1), { timeout: 10_000 }).toBe(`pageview ${path}`);
  }
  const hits = withoutEngagement(await origin.settled(11));
  expect(told(hits)).toEqual(Object.keys(pages).map(path => `pageview ${path}`));
});

test('custom events carry their data, also those from before the script came', async () => {
  const stub = 'window.muntra=window.muntra||{q:[],track(){this.q.push(arguments)}}';
  origin = await openOrigin({
    '/a': `<script>${stub}; const early = muntra; muntra.track('early', { n: 1 }); muntra.track('bare')</script>${TAG}`,
  });
  await page.goto(`${origin.url}/a`);
  await page.evaluate("muntra.track('late', { deep: { list: [1, 'två'] } }); early.track('by the stub that was kept')");
  const hits = await origin.settled(5);
  // Beacons that are sent at the same time may overtake each other.
  const data = Object.fromEntries(hits.map(hit => [told([hit])[0], hit.fields.data]));
  expect(data).toEqual({
    'pageview /a': undefined,
    'early /a': { n: 1 },
    'bare /a': undefined,
    'late /a': { deep: { list: [1, 'två'] } },
    'by the stub that was kept /a': undefined,
  });
  expect(hits).toHaveLength(5);
});

test('data that JSON cannot hold is dropped without a word', async () => {
  origin = await openOrigin();
  await page.goto(`${origin.url}/a`);
  await page.evaluate("const ring = {}; ring.ring = ring; muntra.track('ring', ring); muntra.track('big', { n: 1n })");
  expect(told(await origin.settled(1))).toEqual(['pageview /a']);
});

test('a single-page app: each new URL is a view that came from the one before', async () => {
  origin = await openOrigin();
  await page.goto(`${origin.url}/a`);
  // One after the other: beacons that are sent at the same time may overtake each other.
  await origin.settled(1);
  await page.evaluate(() => {
    history.pushState({}, '', '/b');
    history.pushState({}, '', '/b');
    history.replaceState({ scroll: 1 }, '');
  });
  await origin.settled(2);
  await page.evaluate(() => {
    history.replaceState({}, '', '/c?q=1');
    location.hash = 'part';
  });
  await origin.settled(3);
  await page.evaluate(() => history.back());
  await page.evaluate(() => history.back());
  const hits = await origin.settled(4);
  expect(told(hits)).toEqual(['pageview /a', 'pageview /b', 'pageview /c?q=1', 'pageview /b']);
  expect(hits.map(({ fields }) => fields.referrer)).toEqual(['', ...hits.slice(0, 3).map(({ fields }) => fields.url)]);
  expect(await page.evaluate(() => [location.pathname, history.state])).toEqual(['/b', {}]);
});

test('data-hash makes each fragment a view', async () => {
  for (const attribute of ['data-hash', 'data-hash="true"']) {
    origin = await openOrigin({ '/app': TAG.replace(' data', ` ${attribute} data`) });
    await page.goto(`${origin.url}/app#/one`);
    await page.evaluate("location.hash = '#/two'");
    await page.evaluate("history.pushState({}, '', '#/three?true=1')");
    await page.evaluate(() => history.back());
    const paths = ['/app#/one', '/app#/two', '/app#/three?true=1', '/app#/two'];
    expect(told(await origin.settled(4)).toSorted()).toEqual(paths.map(path => `pageview ${path}`).toSorted());
    if (attribute === 'data-hash') await origin.close();
  }
});

test('a page that comes back from the bfcache counts again', async () => {
  origin = await openOrigin();
  await page.goto(`${origin.url}/a`);
  await page.goto(`${origin.url}/b`);
  await page.evaluate(() => history.back()).catch(() => {});
  await expect.poll(() => page.url(), { timeout: 10_000 }).toBe(`${origin.url}/a`);
  const hits = withoutEngagement(await origin.settled(5));
  expect(told(hits)).toEqual(['pageview /a', 'pageview /b', 'pageview /a']);
});

test('a restored page counts again, the load of a page only once', async () => {
  origin = await openOrigin();
  await page.goto(`${origin.url}/a`);
  await page.evaluate(() => {
    dispatchEvent(new PageTransitionEvent('pageshow', { persisted: false }));
    dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
  });
  const hits = await origin.settled(2);
  expect(told(hits)).toEqual(['pageview /a', 'pageview /a']);
  expect(hits.map(({ fields }) => fields.referrer)).toEqual(['', `${origin.url}/a`]);
});

test('a tab in the background counts when it is seen, with its events; a glance elsewhere is no new view', async () => {
  origin = await openOrigin();
  await hideable();
  await page.goto(`${origin.url}/a`);
  await page.evaluate("muntra.track('early')");
  expect(await origin.settled(0)).toEqual([]);
  await page.evaluate("history.replaceState({}, '', '/b')");
  await show(true);
  expect(told(await origin.settled(2)).toSorted()).toEqual(['early /b', 'pageview /b']);

  await show(false);
  await page.evaluate(
    "history.pushState({}, '', '/unseen'); history.pushState({}, '', '/b'); muntra.track('in the back')",
  );
  await show(true);
  expect(
    told(await origin.settled(4))
      .slice(2)
      .toSorted(),
  ).toEqual(['engagement /b', 'in the back /b']);
});

test('leaving a page reports engagement, of a page that was seen only', async () => {
  origin = await openOrigin();
  await page.goto(`${origin.url}/a`);
  await page.evaluate("history.pushState({}, '', '/b')");
  await page.goto(`${origin.url}/c`);
  await page.close({ runBeforeUnload: true });
  const hits = await origin.settled(5);
  expect(told(hits).toSorted()).toEqual(
    ['engagement /b', 'engagement /c', 'pageview /a', 'pageview /b', 'pageview /c'].toSorted(),
  );
});

test('where a beacon is refused or missing, a fetch goes instead', async () => {
  origin = await openOrigin();
  await page.addInitScript(() => {
    Object.defineProperty(navigator, 'sendBeacon', { value: location.pathname === '/a' ? () => false : undefined });
  });
  for (const path of ['/a', '/b']) await page.goto(origin.url + path);
  const hits = withoutEngagement(await origin.settled(3));
  expect(told(hits).toSorted()).toEqual(['pageview /a', 'pageview /b']);
  expect(new Set(origin.hits.map(hit => hit.contentType))).toEqual(new Set(['text/plain;charset=UTF-8']));
});

test('where nothing can be sent the page does not notice', async () => {
  origin = await openOrigin({
    '/a': '<script src="/script.js" data-site-id="s" data-endpoint="http://127.0.0.1:9/"></script>',
  });
  await page.addInitScript(() => {
    Object.defineProperty(navigator, 'sendBeacon', { value: () => false });
  });
  await page.goto(`${origin.url}/a`);
  await page.evaluate("muntra.track('a')");
  expect(await origin.settled(0)).toEqual([]);
});

test('who asked to be ignored is not counted, from the moment on', async () => {
  origin = await openOrigin();
  await page.goto(`${origin.url}/a`);
  await page.evaluate("localStorage['muntra.ignore'] = '1'; muntra.track('a')");
  await page.goto(`${origin.url}/b`);
  await page.evaluate("muntra.track('b')");
  expect(told(await origin.settled(1))).toEqual(['pageview /a']);
});

test('a page that may not use storage is counted', async () => {
  origin = await openOrigin({ '/a': '<iframe sandbox="allow-scripts" src="/framed"></iframe>' });
  await page.goto(`${origin.url}/a`);
  const frame = page.frame({ url: /framed/ });
  expect(await frame?.evaluate('try { !localStorage } catch (error) { error.name }')).toBe('SecurityError');
  expect(told(await origin.settled(1))).toEqual(['pageview /framed']);
});

/** Global Privacy Control, Do Not Track, and under which values of data-respect such a reader is counted. */
const SIGNALS = [
  { gpc: true, dnt: null, counted: ['none', 'dnt'] },
  { gpc: false, dnt: '1', counted: ['none', 'gpc'] },
  { gpc: true, dnt: '1', counted: ['none'] },
  { gpc: undefined, dnt: 'unspecified', counted: ['none', 'gpc', 'dnt', 'gpc dnt'] },
  { gpc: false, dnt: '0', counted: ['none', 'gpc', 'dnt', 'gpc dnt'] },
];

test.each(SIGNALS)('data-respect: GPC $gpc and DNT $dnt count with $counted', async ({ gpc, dnt, counted }) => {
  const tag = (respect: string): string => TAG.replace(' data', ` data-respect="${respect}" data`);
  origin = await openOrigin({ '/none': TAG, '/gpc': tag('gpc'), '/dnt': tag('dnt'), '/gpc%20dnt': tag('gpc dnt') });
  await page.addInitScript(
    signals => {
      Object.defineProperty(navigator, 'globalPrivacyControl', { value: signals.gpc });
      Object.defineProperty(navigator, 'doNotTrack', { value: signals.dnt });
    },
    { gpc, dnt },
  );
  for (const path of ['/none', '/gpc', '/dnt', '/gpc%20dnt']) await page.goto(origin.url + path);
  const hits = withoutEngagement(await origin.settled(2 * counted.length - 1));
  expect(told(hits).toSorted()).toEqual(counted.map(respect => `pageview /${encodeURI(respect)}`).toSorted());
});

test('two tags on a page count once', async () => {
  origin = await openOrigin({ '/a': TAG + TAG });
  await page.goto(`${origin.url}/a`);
  await page.evaluate("history.pushState({}, '', '/b'); muntra.track('event')");
  expect(told(await origin.settled(3)).toSorted()).toEqual(['event /b', 'pageview /a', 'pageview /b']);
});

test.each([
  { page: 'freezes history', script: 'Object.freeze(history)' },
  { page: 'has something else named muntra', script: 'var muntra = "a text"' },
  { page: 'has an element named muntra', script: 'document.write(`<h1 id="muntra">Muntra</h1>`)' },
  { page: 'forbids another muntra', script: 'Object.defineProperty(window, "muntra", { value: {} })' },
])('a page that $page is counted all the same', async ({ script }) => {
  origin = await openOrigin({ '/a': `<script>${script}</script>${TAG}` });
  await page.goto(`${origin.url}/a`);
  await page.evaluate(() => history.pushState({}, '', '/b'));
  expect(told(await origin.settled(1))[0]).toBe('pageview /a');
  expect(await page.evaluate(() => location.pathname)).toBe('/b');
});

test('a strict Content-Security-Policy is enough', async () => {
  origin = await openOrigin({}, "default-src 'none'; script-src 'self'; connect-src 'self'");
  await page.goto(`${origin.url}/a`);
  expect(told(await origin.settled(1))).toEqual(['pageview /a']);
});

test('a page without a tag that names a site is left alone', async () => {
  origin = await openOrigin({ '/a': '<script src="/script.js"></script>' });
  await page.goto(`${origin.url}/a`);
  expect(await page.evaluate('typeof muntra')).toBe('undefined');
  expect(await origin.settled(0)).toEqual([]);
});

test('a prerendered page counts when it is shown', async () => {
  const rules = { prerender: [{ urls: ['/next'], eagerness: 'immediate' }] };
  const click = "fetch('/mark/click', { method: 'POST' }).then(() => document.links[0].click())";
  origin = await openOrigin({
    '/a': `${TAG}<script type="speculationrules">${JSON.stringify(rules)}</script><a href="/next">Next</a>
      <script>setTimeout(() => ${click}, 1500)</script>`,
    '/next': `${TAG}<script>
      fetch('/mark/' + (document.prerendering ? 'ahead' : 'late'), { method: 'POST' });</script>`,
  });
  const processes = openProcesses();
  try {
    startReader(processes, `${origin.url}/a`);
    const hits = withoutEngagement(await origin.settled(5)).map(({ fields }) => fields.mark ?? told([{ fields }])[0]);
    expect(hits.toSorted()).toEqual(['ahead', 'click', 'pageview /a', 'pageview /next']);
    expect(hits.indexOf('pageview /next')).toBeGreaterThan(hits.indexOf('click'));
  } finally {
    await processes.close();
  }
}, 40_000);

test('a robot that says so is marked', async () => {
  origin = await openOrigin();
  const robot = await launchBrowser({ webdriver: true });
  try {
    await (await robot.newPage()).goto(`${origin.url}/a`);
    expect((await origin.settled(1)).map(({ fields }) => fields.webdriver)).toEqual([true]);
  } finally {
    await robot.close();
  }
});
