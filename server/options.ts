/** The option table: each variable's name, default, parser and help, in one place. */
import {
  LOG_LEVELS,
  parseAddress,
  parseChoice,
  parseDays,
  parseInterval,
  parseList,
  parsePostgresDsn,
  parsePublicUrl,
  parseRateLimits,
  parseSiteOrigins,
  parseSpoolSize,
  parseWhole,
} from './config-values.ts';
import { parseRedisUrl } from './redis-url.ts';

export interface Option<T> {
  name: `MUNTRA_${string}`;
  /** Text, as a user would write it. */
  default: string;
  /** A value that parses, for the error message and the docs. */
  example: string;
  help: string;
  /** Never printed. */
  secret?: boolean;
  /** Throws an Error whose message says what is wrong with the value. */
  parse(text: string): T;
}

const option = <T>(given: Option<T>): Option<T> => given;
const text = (value: string): string => value;

export const OPTIONS = {
  httpAddr: option({
    name: 'MUNTRA_HTTP_ADDR',
    default: ':8090',
    example: '127.0.0.1:8090',
    help: 'Listen address, host:port; without a host every interface.',
    parse: parseAddress,
  }),
  publicUrl: option({
    name: 'MUNTRA_PUBLIC_URL',
    default: '',
    example: 'https://example.com/muntra/',
    help: 'Where browsers reach Muntra, for the tracker tag and for `muntra doctor`.',
    parse: parsePublicUrl,
  }),
  dataDir: option({
    name: 'MUNTRA_DATA_DIR',
    default: '',
    example: '/var/lib/muntra',
    help: 'Where muntra.env, the spool and the embedded PostgreSQL live. Empty: /var/lib/muntra for root, else ~/.local/share/muntra.',
    parse: text,
  }),
  postgresDsn: option({
    name: 'MUNTRA_POSTGRES_DSN',
    default: '',
    example: 'postgres://muntra:secret@127.0.0.1:5432/muntra',
    help: 'Your PostgreSQL, 16 or newer, with TLS by `?sslmode=verify-full&sslrootcert=/path/to/ca.pem`. Empty: an embedded one in the data directory.',
    secret: true,
    parse: parsePostgresDsn,
  }),
  redisUrl: option({
    name: 'MUNTRA_REDIS_URL',
    default: '',
    example: 'redis://127.0.0.1:6379/0',
    help: 'Event buffer and salt store, Redis 7.0 or newer; `rediss://` with TLS, `redis-cluster://host:port,host:port` for Redis Cluster. Empty: files in the data directory.',
    secret: true,
    parse: value => {
      if (value !== '') parseRedisUrl(value);
      return value;
    },
  }),
  bufferShards: option({
    name: 'MUNTRA_BUFFER_SHARDS',
    default: '1',
    example: '3',
    help: 'Streams in Redis over which waiting events are spread, 1 to 64; with Redis Cluster a few for each of its masters.',
    parse: parseWhole(1, 64),
  }),
  dashboardToken: option({
    name: 'MUNTRA_DASHBOARD_TOKEN',
    default: '',
    example: 'at-least-16-characters',
    help: 'Bearer secret of /api/*; the first start writes a random one to muntra.env.',
    secret: true,
    parse: value => {
      if (value !== '' && value.length < 16) throw new Error('is shorter than 16 characters');
      return value;
    },
  }),
  allowedSites: option({
    name: 'MUNTRA_ALLOWED_SITES',
    default: '',
    example: 'mysite,blog',
    help: 'Sites declared from the environment, comma-separated, beside those added with `muntra sites add`.',
    parse: parseList,
  }),
  siteOrigins: option({
    name: 'MUNTRA_SITE_ORIGINS',
    default: '',
    example: 'mysite:example.com,www.example.com|blog:blog.example.com',
    help: 'Origins of sites declared from the environment.',
    parse: parseSiteOrigins,
  }),
  trustedProxies: option({
    name: 'MUNTRA_TRUSTED_PROXIES',
    default: 'loopback,private',
    example: 'loopback,203.0.113.0/24',
    help: 'Proxies whose X-Forwarded-For is believed: addresses, CIDR ranges, `loopback`, `private`.',
    parse: parseList,
  }),
  geoipDb: option({
    name: 'MUNTRA_GEOIP_DB',
    default: '',
    example: '/var/lib/muntra/GeoLite2-City.mmdb',
    help: 'Your table of countries or cities (MaxMind DB format), read anew when it changes. Empty: the built-in country table.',
    parse: text,
  }),
  referrerSpam: option({
    name: 'MUNTRA_REFERRER_SPAM',
    default: '',
    example: '/var/lib/muntra/spammers.txt',
    help: "A list of hosts, one a line, whose links are not counted, such as Matomo's; read anew when it changes.",
    parse: text,
  }),
  rateLimit: option({
    name: 'MUNTRA_RATE_LIMIT',
    default: '10,1000',
    example: '10,1000',
    help: "Events a second that are taken from one address (IPv6: one /64) and for one site, bursts of ten seconds' worth aside; 0: no limit.",
    parse: parseRateLimits,
  }),
  flushInterval: option({
    name: 'MUNTRA_FLUSH_INTERVAL',
    default: '60s',
    example: '60s',
    help: 'How often waiting events are stored; 0: only by `muntra flush` (cron) and by questions.',
    parse: parseInterval,
  }),
  rollupInterval: option({
    name: 'MUNTRA_ROLLUP_INTERVAL',
    default: '15m',
    example: '15m',
    help: 'How often changed days are added up, so that questions need not read their events; 0: only by `muntra rollup`.',
    parse: parseInterval,
  }),
  retention: option({
    name: 'MUNTRA_RETENTION',
    default: '0',
    example: '400d',
    help: 'How long events are kept, in whole days; their sums by day and hour stay. 0: for ever. A site may differ: `muntra sites set`.',
    parse: parseDays,
  }),
  flushBatchSize: option({
    name: 'MUNTRA_FLUSH_BATCH_SIZE',
    // The Go Muntra's 500 store 30,000 events a second, 2000 store 48,000.
    default: '2000',
    example: '2000',
    help: 'Events in one transaction of the flush, 1 to 10000.',
    parse: parseWhole(1, 10_000),
  }),
  spoolMax: option({
    name: 'MUNTRA_SPOOL_MAX',
    default: '256MB',
    example: '256MB',
    help: 'Disk that waiting events may take; when it is full /collect answers 503.',
    parse: parseSpoolSize,
  }),
  spoolSync: option({
    name: 'MUNTRA_SPOOL_SYNC',
    default: 'second',
    example: 'always',
    help: '`second`: fsync at least every second; `always`: before each 204.',
    parse: parseChoice(['second', 'always']),
  }),
  logLevel: option({
    name: 'MUNTRA_LOG_LEVEL',
    default: 'info',
    example: 'debug',
    help: `One of ${LOG_LEVELS.join(', ')}.`,
    parse: parseChoice(LOG_LEVELS),
  }),
} satisfies Record<string, Option<unknown>>;
