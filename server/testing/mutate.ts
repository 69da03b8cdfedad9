/** Requests of every kind that the server takes, and what becomes of them in hostile hands; the same for the same seed. */
import type { Random } from '../random.ts';

const AGENT = 'Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0';

const HIT = JSON.stringify({
  site_id: 'mysite',
  url: 'https://example.com/a/%C3%A9?utm_source=news&x=1#/route',
  referrer: 'https://www.search.example/q?term=secret',
  screen: '1920x1080',
  viewport: '1200x800',
  timezone: 'Europe/Stockholm',
  pixel_ratio: 1.5,
  language: 'sv-SE',
  name: 'signup',
  data: { plan: 'pro', deep: { list: [1, 'é', null] } },
});

const LINE = JSON.stringify({
  created_at: '2025-06-30T12:00:00.000Z',
  site_id: 'imported',
  visitor_hash: 'anna',
  url: 'https://example.com/a?utm_source=news',
  user_agent: AGENT,
  event_data: { plan: 'pro' },
  pixel_ratio: 2,
});

/** Requests as text, without their head's last lines. `body` of those that have one. */
type Parts = [head: string, body?: string];

function corpus(token: string): [Parts, ...Parts[]] {
  const bearer = `Authorization: Bearer ${token}`;
  return [
    [`POST /collect HTTP/1.1\r\nHost: a\r\nUser-Agent: ${AGENT}\r\nOrigin: https://example.com`, HIT],
    [`POST /muntra/collect HTTP/1.1\r\nHost: a\r\nUser-Agent: ${AGENT}\r\nX-Forwarded-For: 203.0.113.9, 8.8.8.8`, HIT],
    ['OPTIONS /collect HTTP/1.1\r\nHost: a\r\nOrigin: https://example.com\r\nAccess-Control-Request-Method: POST'],
    ['GET /script.js HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip;q=0.5, br\r\nIf-None-Match: W/"abc", "def"'],
    ['GET /ready HTTP/1.1\r\nHost: a'],
    ['GET /metrics HTTP/1.1\r\nHost: a'],
    [`GET /api/stats?site=mysite&from=1750000000000&to=1760000000000 HTTP/1.1\r\nHost: a\r\n${bearer}`],
    [`GET /api/timeseries?site=mysite&unit=day&filter=url:starts_with:/a HTTP/1.1\r\nHost: a\r\n${bearer}`],
    [`GET /api/breakdown?site=mysite&by=prop:plan&event=signup&limit=10 HTTP/1.1\r\nHost: a\r\n${bearer}`],
    [`GET /api/breakdown?site=mysite&by=referrer&filter=country:is_not:SE HTTP/1.1\r\nHost: a\r\n${bearer}`],
    [`GET /api/export?site=imported&from=0 HTTP/1.1\r\nHost: a\r\n${bearer}`],
    [`POST /api/import?source=file&line=0&site=imported HTTP/1.1\r\nHost: a\r\n${bearer}`, LINE],
    [`GET /api/sites/mysite HTTP/1.1\r\nHost: a\r\n${bearer}`],
    [`POST /api/sites HTTP/1.1\r\nHost: a\r\n${bearer}`, '{"id":"other","origins":["*.example.com"],"timezone":"UTC"}'],
    [`POST /api/tokens HTTP/1.1\r\nHost: a\r\n${bearer}`, '{"name":"anna","access":"read","sites":["mysite"]}'],
    [
      `POST /api/explain HTTP/1.1\r\nHost: a\r\n${bearer}`,
      `{"site":"mysite","url":"https://example.com/","userAgent":"${AGENT}","ip":"8.8.8.8","origin":"https://example.com"}`,
    ],
  ];
}

/** What parsers trip over. */
const MORSELS: readonly [string, ...string[]] = [
  ...([
    '\0',
    '\r\n',
    '\r\n\r\n',
    '\n',
    '\t',
    ' ',
    '"',
    '\\',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '%',
    '%00',
    '%ff',
    '%C3%28',
  ] as const),
  ...([
    '\\u0000',
    '\\ud800',
    '\\udfff\\ud800',
    '\x80\xff',
    '\xed\xa0\x80',
    '\xf0\x9f\x98\x80',
    '\x1b[2J',
    "'; --",
  ] as const),
  ...([
    'null',
    'true',
    '-1',
    '0',
    '1e999',
    '99999999999999999999',
    'NaN',
    '__proto__',
    'constructor',
    '../../',
    '..%2f',
  ] as const),
  ...([
    '[[[[[[[[[[[[[[[[',
    '{"a":{"a":{"a":{"a":{"a":{"a":',
    'Content-Length: 7\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Transfer-Encoding: gzip, chunked\r\n',
    'Content-Encoding: gzip\r\n',
    'Content-Type: application/json; charset=utf-16\r\n',
    '0\r\n\r\n',
    'ffffffffffffffff\r\n',
    '5;x="\r\n',
    '\xff\xfe{\0',
    '\xef\xbb\xbf',
  ] as const),
  ...([
    'Expect: 100-continue\r\n',
    'Connection: upgrade\r\nUpgrade: h2c\r\n',
    'HTTP/1.0',
    'CONNECT ',
    'HEAD ',
    'DELETE ',
  ] as const),
  'x'.repeat(300),
  '\xc3\xa9'.repeat(1100),
  `{"a":${'['.repeat(2000)}`,
  `X-Long: ${'y'.repeat(17_000)}\r\n`,
];

/** A request, or two in a row, mutated or not, as bytes on the wire. */
export function mutated(random: Random, token: string): Buffer {
  const first = request(random, token);
  return random.below(10) === 0 ? Buffer.concat([first, request(random, token)]) : first;
}

function request(random: Random, token: string): Buffer {
  const requests = corpus(token);
  // Half of them are events: theirs are the parsers that the whole internet reaches.
  const [head, body] = random.below(2) === 0 ? requests[0] : random.pick(requests);
  const kind = random.below(10);
  const mutate = (text: string): string => repeatedly(random, text);
  const changedBody = body !== undefined && kind < 6 ? (kind < 4 ? otherValue(random, body) : mutate(body)) : body;
  const whole = framed(random, kind === 6 ? mutate(head) : head, changedBody);
  return Buffer.from(kind > 6 ? mutate(whole) : whole, 'latin1');
}

/** The JSON object with another value in one of its fields; its text as bytes. */
function otherValue(random: Random, json: string): string {
  const fields: Record<string, unknown> = JSON.parse(json);
  const [name = 'url', value] = random.pick(Object.entries(fields) as [[string, unknown]]);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const values = [null, true, -1, 1.5e300, [], {}, [text], { [text]: text }, '', '\ud800', `${text}\udc00\0`] as const;
  const changed = random.below(2) === 0 ? repeatedly(random, text) : random.pick(values);
  return Buffer.from(JSON.stringify({ ...fields, [name]: changed })).toString('latin1');
}

function framed(random: Random, head: string, body: string | undefined): string {
  const end = random.below(4) === 0 ? '' : '\r\nConnection: close';
  if (body === undefined) return `${head}${end}\r\n\r\n`;
  if (random.below(5) > 0) return `${head}${end}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const size = 1 + random.below(40);
  const chunks = body.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
  const chunked = chunks.map(chunk => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('');
  return `${head}${end}\r\nTransfer-Encoding: chunked\r\n\r\n${chunked}0\r\n\r\n`;
}

function repeatedly(random: Random, text: string): string {
  let changed = text;
  for (let left = 1 + random.below(4); left > 0; left--) changed = once(random, changed);
  return changed;
}

function once(random: Random, text: string): string {
  const from = random.below(text.length + 1);
  const to = Math.min(text.length, from + random.below(random.below(4) === 0 ? text.length + 1 : 12));
  const [before, part, after] = [text.slice(0, from), text.slice(from, to), text.slice(to)];
  switch (random.below(6)) {
    case 0:
      return before + after;
    case 1:
      return before + part + part + after;
    case 2:
      return before + String.fromCharCode(random.below(256)) + text.slice(from + 1);
    case 3:
      return before + random.pick(MORSELS) + after;
    case 4:
      return before + random.pick(MORSELS) + part + after;
    default:
      return before;
  }
}
