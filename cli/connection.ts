/**
 * Where the server is and how to be let in: flags, then the environment, then `muntra.env` in the data directory, so that
 * on the server's own machine nothing has to be said. The token of that file goes to the server that the settings describe,
 * and to no other. A token is never an argument: the process list would show it.
 */
import { text } from 'node:stream/consumers';
import { isSet, readConfig } from '../server/config.ts';
import type { Address } from '../server/config-values.ts';
import type { DataDir } from '../server/data-dir.ts';
import type { EnvValues } from '../server/env-file.ts';
import { MuntraError } from '../server/errors.ts';
import type { Client } from './client.ts';
import type { Context } from './context.ts';
import { locatePlace, readFile } from './data-place.ts';

export interface Connection {
  /** Without a slash at its end. */
  url: string;
  /** '' when there is none. */
  token: string;
  /** Where the token was found or looked for, for the error that it is wrong. */
  tokenPlace: string;
  /** Where browsers reach it, '' when nobody has said. */
  publicUrl: string;
  /** On this machine, by its configuration rather than by a given URL. */
  local: boolean;
}

/** Throws MuntraError for a URL, an address or a file that cannot be read. */
export function findServer({ world, flags }: Pick<Context, 'world' | 'flags'>): Connection {
  const { env } = world;
  const dir = locatePlace({ world, flags });
  const file = readable(dir, { world, flags });
  const { httpAddr, dashboardToken, publicUrl } = readConfig({ file, env });
  const given = flags.server ?? env.MUNTRA_SERVER ?? '';
  const own = localUrl(httpAddr);
  const url = given === '' ? own : parseServer(given);
  const brought = isSet(env, 'MUNTRA_DASHBOARD_TOKEN');
  // It may do everything: a mistyped address must not get it.
  const known = url === own || [own, publicUrl].some(told => URL.canParse(told) && plain(told) === plain(url));
  return {
    url,
    token: known || brought ? dashboardToken : '',
    tokenPlace: brought ? 'the environment' : dir.envFile,
    // The settings of this machine say nothing of a server elsewhere.
    publicUrl: given === '' ? publicUrl : '',
    local: given === '',
  };
}

/** A client of that server; loads its HTTP library only now. */
export async function connect(context: Context): Promise<Client> {
  const connection = findServer(context);
  const { createClient } = await import('./client.ts');
  const given = context.flags.tokenStdin && { token: await readToken(context.world), tokenPlace: 'stdin' };
  return createClient(sendable({ ...connection, ...given }), context.world.interrupt);
}

/** Throws MuntraError `usage` when there is none. */
async function readToken({ stdin }: Context['world']): Promise<string> {
  const token = stdin.isTTY ? '' : (await text(stdin)).trim();
  if (token !== '') return token;
  throw new MuntraError('usage', 'There is no token on stdin', 'muntra stats --token-stdin <token.txt');
}

/** Throws MuntraError `unauthorized` for a token that a header of HTTP cannot hold: it would look as if there were no server. */
function sendable(connection: Connection): Connection {
  if (!/[^\x20-\x7e\x80-\xff]/.test(connection.token)) return connection;
  const problem = `The token from ${connection.tokenPlace} holds a line break or another character that no token has`;
  throw new MuntraError('unauthorized', problem, 'give the token alone, on one line');
}

/** The file belongs to the server's user; whoever brings the token along does not need it. */
function readable(dir: DataDir, { world: { env }, flags }: Pick<Context, 'world' | 'flags'>): EnvValues {
  try {
    return readFile(dir);
  } catch (error) {
    const brought = isSet(env, 'MUNTRA_DASHBOARD_TOKEN') || flags.tokenStdin;
    if (brought && error instanceof MuntraError && error.code === 'unauthorized') return {};
    throw error;
  }
}

/** As this machine reaches it. */
export function localUrl({ host, port }: Address): string {
  const everywhere: Record<string, string> = { '': '127.0.0.1', '0.0.0.0': '127.0.0.1', '::': '::1' };
  const name = everywhere[host] ?? host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

const LOOPBACK = ['127.0.0.1', '[::1]'];

/** One spelling for all of an address. */
function plain(text: string): string {
  const url = new URL(text);
  if (LOOPBACK.includes(url.hostname)) url.hostname = 'localhost';
  return url.href.replace(/\/+$/, '');
}

function parseServer(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash) {
    throw new MuntraError('usage', `"${text}" is not the URL of a server`, '--server https://example.com/muntra');
  }
  return url.href.replace(/\/+$/, '');
}
