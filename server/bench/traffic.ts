/**
 * Requests as browsers send them: real user agents with their screens, a Zipf of paths and referrers, a thousand visitors at
 * a time who leave after four events on average, one event in ten a custom one. Made on the fly, so that no pool of ready
 * requests warms the caches of the server under test.
 */
import UserAgent from 'user-agents';

const VISITORS = 100_000;
const PRESENT = 1_000;
const EVENTS_PER_VISIT = 4;
const AGENTS = 2_000;
const PATHS = 5_000;
const REFERRERS = 300;
const TIMEZONES = ['Europe/Stockholm', 'Europe/Berlin', 'America/New_York', 'Asia/Tokyo', 'Australia/Sydney'];

interface Browser {
  headers: string;
  /** The fields of the tracker that stay the same for a browser, as the inside of a JSON object. */
  fields: string;
}

/** Each call makes one whole `POST /collect` for a site with the origin example.com. */
export function traffic(site: string): () => string {
  const browsers = Array.from({ length: AGENTS }, browser);
  const present = Array.from({ length: PRESENT }, someone);
  return () => {
    const place = Math.floor(Math.random() * PRESENT);
    const visitor = pick(present, place);
    if (Math.random() < 1 / EVENTS_PER_VISIT) present[place] = someone();
    const { headers, fields } = pick(browsers, visitor);
    const body = `{"site_id":"${site}",${page()},${fields}${Math.random() < 0.1 ? CUSTOM : ''}}`;
    const address = `203.${visitor >> 16}.${(visitor >> 8) & 255}.${visitor & 255}`;
    return `${headers}X-Forwarded-For: ${address}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  };
}

const someone = (): number => Math.floor(Math.random() * VISITORS);

const CUSTOM = ',"name":"signup","data":{"plan":"pro","seats":3}';

function browser(): Browser {
  const { userAgent, screenWidth, screenHeight } = new UserAgent().data;
  const fields = {
    screen: `${screenWidth}x${screenHeight}`,
    viewport: `${screenWidth}x${screenHeight - 120}`,
    timezone: pick(TIMEZONES, Math.floor(Math.random() * TIMEZONES.length)),
    pixel_ratio: 2,
    language: 'en-GB',
  };
  const headers = [
    'POST /collect HTTP/1.1',
    'Host: stats.example.com',
    'Connection: keep-alive',
    'Content-Type: text/plain;charset=UTF-8',
    `User-Agent: ${userAgent}`,
    'Accept: */*',
    'Origin: https://example.com',
    'Sec-Fetch-Site: same-site',
    'Sec-Fetch-Mode: no-cors',
    'Sec-Fetch-Dest: empty',
    'Referer: https://example.com/',
    'Accept-Encoding: gzip, deflate, br',
    'Accept-Language: en-GB,en;q=0.9',
    '',
  ];
  return { headers: headers.join('\r\n'), fields: JSON.stringify(fields).slice(1, -1) };
}

function page(): string {
  const campaign = Math.random() < 0.05 ? '?utm_source=newsletter&utm_medium=email&utm_campaign=spring' : '';
  const referrer = Math.random() < 0.4 ? `https://site-${zipf(REFERRERS)}.example.org/some/page` : '';
  return `"url":"https://example.com/articles/${zipf(PATHS)}${campaign}","referrer":"${referrer}","title":"An article"`;
}

/** 1 to n, the i-th as often as 1/i. */
function zipf(n: number): number {
  return Math.floor(n ** Math.random());
}

function pick<T>(items: T[], index: number): T {
  const item = items[index % items.length];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}
