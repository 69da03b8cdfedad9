/** The questions of `muntra init`, each answered by what is so already or usual. What a flag has said is not asked. */
import { existsSync } from 'node:fs';
import { readConfig } from '../../server/config.ts';
import { MuntraError } from '../../server/errors.ts';
import type { Logger } from '../../server/log.ts';
import { readOriginRule } from '../../server/sites/origin.ts';
import { checkSiteId } from '../../server/sites/site.ts';
import { WEB_SERVERS } from '../proxy/snippet.ts';
import { readPublicUrl } from '../public-url.ts';
import type { World } from '../world.ts';
import { checkPort, checkPostgres, checkRedis } from './checks.ts';
import { needDocker } from './compose.ts';
import { openPrompts, type Prompts } from './prompts.ts';
import type { Setting } from './setting.ts';
import type { InitFlags, Storage, Wishes } from './wishes.ts';

export interface Circumstances {
  world: World;
  setting: Setting;
  /** How many there are already. */
  sites: number;
}

/** `wishes`: what holds unless something else is answered. Throws Interrupted when the reader has had enough. */
export async function askWishes(wishes: Wishes, flags: InitFlags, around: Circumstances): Promise<Wishes> {
  const { world, sites } = around;
  const { machine, running, log } = around.setting;
  const ask = openPrompts(world);
  const publicUrl = flags.url ?? (await askPublicUrl(ask, wishes.publicUrl));
  const listen = flags.listen ?? (running ? wishes.listen : await askListen(ask, wishes.listen));
  const storage = flags.storage ?? (await askStorage(ask, wishes.storage, world));
  const servers = storage === 'existing' ? await askServers(ask, wishes, log) : {};
  const site = flags.site ?? (await askSite(ask, publicUrl, sites));
  const origins = flags.origin ?? (site === '' ? [] : await askOrigins(ask, publicUrl));
  const service =
    flags.service ??
    (machine.systemd && machine.root && (await ask.confirm('Run it as a service, now and after each boot?')));
  const proxy = flags.proxy ?? (publicUrl === '' ? wishes.proxy : await askProxy(ask, wishes.proxy));
  return { ...wishes, publicUrl, listen, storage, ...servers, site, origins, service, proxy };
}

/** Shows what is going to be done. */
export async function agree(world: World, lines: string[]): Promise<boolean> {
  const ask = openPrompts(world);
  ask.note(lines, 'This is going to be done');
  return ask.confirm('Go ahead?');
}

async function askPublicUrl(ask: Prompts, known: string): Promise<string> {
  const given = await ask.text('Where will browsers reach Muntra? (empty: not known yet)', {
    placeholder: 'https://example.com/muntra/',
    initialValue: known,
    validate: text => problem(() => readPublicUrl(text)),
  });
  return readPublicUrl(given);
}

/** Only where the usual port cannot be had. */
async function askListen(ask: Prompts, wanted: string): Promise<string> {
  let listen = wanted;
  for (;;) {
    try {
      await checkPort(readConfig({ flags: { MUNTRA_HTTP_ADDR: listen } }).httpAddr);
      return listen;
    } catch (error) {
      ask.complain(error);
      listen = await ask.text('Where shall it listen?', { initialValue: listen });
    }
  }
}

async function askStorage(ask: Prompts, known: Storage, world: World): Promise<Storage> {
  const docker = await needDocker(world.env).then(
    () => true,
    () => false,
  );
  return ask.select<Storage>('Where shall the data be kept?', known, [
    { value: 'embedded', label: 'In the data directory', hint: 'a private PostgreSQL; nothing else to install' },
    {
      value: 'compose',
      label: 'In containers of this machine',
      hint: docker ? 'Redis and PostgreSQL by docker compose' : 'Docker is not installed here',
      disabled: !docker,
    },
    { value: 'existing', label: 'In servers that you have', hint: 'PostgreSQL, and Redis if you like' },
  ]);
}

async function askServers(ask: Prompts, { postgresDsn, redisUrl }: Wishes, log: Logger) {
  const postgres = await ask.until(
    () =>
      ask.text('Which PostgreSQL?', {
        placeholder: 'postgres://muntra:secret@127.0.0.1:5432/muntra',
        initialValue: postgresDsn,
        validate: given => problem(() => readConfig({ flags: { MUNTRA_POSTGRES_DSN: given } })),
      }),
    dsn => checkPostgres(dsn, log),
  );
  const redis = await ask.until(
    () =>
      ask.text('Which Redis? (empty: none, events wait in files)', {
        placeholder: 'redis://127.0.0.1:6379/0',
        initialValue: redisUrl,
        validate: given => problem(() => readConfig({ flags: { MUNTRA_REDIS_URL: given } })),
      }),
    async url => (url === '' ? 'events wait in files' : (await checkRedis(url)).join('\n')),
  );
  return { postgresDsn: postgres, redisUrl: redis };
}

async function askSite(ask: Prompts, publicUrl: string, sites: number): Promise<string> {
  return ask.text(`What shall the ${sites === 0 ? 'first' : 'next'} site be called? (empty: none now)`, {
    placeholder: 'mysite',
    initialValue: sites === 0 ? (hostsOf(publicUrl)[0] ?? '').replace(/^www\./, '') : '',
    validate: given => (given === '' ? undefined : problem(() => checkSiteId(given))),
  });
}

async function askOrigins(ask: Prompts, publicUrl: string): Promise<string[]> {
  const given = await ask.text('On which hosts are its pages? (with commas between; empty: any)', {
    placeholder: 'example.com, *.example.com',
    initialValue: hostsOf(publicUrl).join(', '),
    validate: text => problem(() => list(text).map(readOriginRule)),
  });
  return list(given);
}

function askProxy(ask: Prompts, known: Wishes['proxy']) {
  const here = existsSync('/etc/caddy') ? 'caddy' : known;
  return ask.select(
    'Which web server stands in front?',
    here,
    WEB_SERVERS.map(value => ({ value })),
  );
}

const list = (text: string): string[] => text.split(',').flatMap(item => item.trim() || []);

/**
 * The hosts of the pages beside which a public address lies, `www.` or not: origins are compared exactly. Without a path it
 * is a host of its own, where no page lies.
 */
function hostsOf(url: string): string[] {
  if (url === '' || new URL(url).pathname === '/') return [];
  const { hostname } = new URL(url);
  // An address in digits and `localhost` have no twin.
  if (!/\.[a-z][^.]*$/.test(hostname)) return [hostname];
  return [hostname, hostname.startsWith('www.') ? hostname.slice(4) : `www.${hostname}`];
}

/** What is wrong, for clack; undefined: nothing. */
function problem(check: () => unknown): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof MuntraError) return `${error.message}: ${error.hint}`;
    throw error;
  }
}
