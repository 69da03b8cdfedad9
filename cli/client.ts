/**
 * The API as typed functions. An error of the server keeps its message and hint; a server that does not answer becomes
 * `server_unreachable` with what to do about it.
 */
import { Pool } from 'undici';
import type { CanaryAnswer, CanaryOpened } from '../server/contract/canary.ts';
import type { ExplainAnswer, ExplainRequest } from '../server/contract/explain.ts';
import type { ForgetAnswer, ForgetRequest, PrivacyAnswer } from '../server/contract/privacy.ts';
import type {
  DropsAnswer,
  NewSite,
  OriginsAnswer,
  RemovedAnswer,
  Site,
  SiteChange,
  SiteDetail,
} from '../server/contract/site.ts';
import type {
  BreakdownAnswer,
  FleetAnswer,
  FleetLiveAnswer,
  LiveAnswer,
  StatsAnswer,
  TimeseriesAnswer,
  Unit,
} from '../server/contract/stats.ts';
import type { FlushAnswer, PruneAnswer, RollupAnswer, SystemAnswer, UsageAnswer } from '../server/contract/system.ts';
import type { ApiToken, CreatedToken, NewToken, RevokedAnswer } from '../server/contract/token.ts';
import type { ImportAnswer } from '../server/contract/transfer.ts';
import { ERRORS, type ErrorAnswer, type ErrorCode, MuntraError, systemCode } from '../server/errors.ts';
import type { Connection } from './connection.ts';

/** What a question is about; filters as `browser:is:Firefox`. */
export interface Question {
  site: string;
  /** Unix milliseconds, [from, to). */
  from: number;
  to: number;
  filters: string[];
}

export type Client = ReturnType<typeof createClient>;

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';
type Query = Record<string, string | number | string[] | undefined>;

/** Answers larger than this are not Muntra's: its longest list has 2 MB of values. */
const MAX_ANSWER_BYTES = 16 * 2 ** 20;

/** Connects at the first call. All functions throw MuntraError, or the signal's reason once it is aborted. */
export function createClient(connection: Connection, signal: AbortSignal) {
  const { origin, pathname } = new URL(connection.url);
  // The server's pool of PostgreSQL connections has this size: more at once would only wait there.
  const pool = new Pool(origin, { connections: 4, connect: { timeout: 5000 }, maxResponseSize: MAX_ANSWER_BYTES });
  const downloads = new Pool(origin, { connections: 1, connect: { timeout: 5000 } });

  /** A text is sent as it is. */
  function send(through: Pool, method: Method, path: string, query: Query = {}, body?: object | string) {
    return through.request({
      method,
      path: `${pathname.replace(/\/$/, '')}/api/${path}${queryString(query)}`,
      headers: {
        ...(connection.token && { authorization: `Bearer ${connection.token}` }),
        ...(body && { 'content-type': typeof body === 'string' ? 'text/plain' : 'application/json' }),
      },
      body: typeof body === 'object' ? JSON.stringify(body) : (body ?? null),
      signal,
    });
  }

  const failed = (error: unknown): unknown => (signal.aborted ? signal.reason : unreachable(connection, error));

  async function call<T>(method: Method, path: string, query?: Query, body?: object | string) {
    const answer = await send(pool, method, path, query, body)
      .then(async ({ statusCode, body: stream }) => ({ status: statusCode, text: await stream.text() }))
      .catch(error => {
        throw failed(error);
      });
    return readAnswer<T>(connection, answer);
  }

  /** An answer of any length, piece by piece; throws when it breaks off before its end. */
  async function* download(method: 'GET' | 'POST', path: string, query?: Query): AsyncGenerator<Uint8Array> {
    try {
      const { statusCode, body } = await send(downloads, method, path, query);
      if (statusCode !== 200) readAnswer(connection, { status: statusCode, text: await body.text() });
      yield* body;
    } catch (error) {
      throw error instanceof MuntraError ? error : failed(error);
    }
  }

  const site = (id: string) => `sites/${encodeURIComponent(id)}`;
  return {
    connection,
    download,
    stats: (question: Question) => call<StatsAnswer>('GET', 'stats', asQuery(question)),
    timeseries: (question: Question, unit: Unit) =>
      call<TimeseriesAnswer>('GET', 'timeseries', { ...asQuery(question), unit }),
    /** `by`: a dimension, or `prop:<key>` with the name of its `event`. */
    breakdown: (question: Question, by: string, limit: number, event?: string) =>
      call<BreakdownAnswer>('GET', 'breakdown', { ...asQuery(question), by, limit, event }),
    live: (id: string, filters: string[]) => call<LiveAnswer>('GET', 'live', { site: id, filter: filters }),
    /** `time`: `period`, or `from` and `to` as a person types them. */
    fleet: (time: { period?: string; from?: string; to?: string }, filters: string[]) =>
      call<FleetAnswer>('GET', 'fleet', { ...time, filter: filters }),
    fleetLive: (filters: string[]) => call<FleetLiveAnswer>('GET', 'fleet/live', { filter: filters }),
    sites: () => call<Site[]>('GET', 'sites'),
    site: (id: string) => call<SiteDetail>('GET', site(id)),
    /** Without a site: of all. */
    drops: ({ from, to }: Pick<Question, 'from' | 'to'>, limit: number, id?: string) =>
      call<DropsAnswer>('GET', id === undefined ? 'drops' : `${site(id)}/drops`, { from, to, limit }),
    addSite: (added: NewSite) => call<Site>('POST', 'sites', {}, added),
    changeSite: (id: string, change: SiteChange) => call<Site>('PATCH', site(id), {}, change),
    removeSite: (id: string) => call<RemovedAnswer>('DELETE', site(id)),
    origins: (id: string) => call<OriginsAnswer>('GET', `${site(id)}/origins`),
    addOrigin: (id: string, added: string) => call<OriginsAnswer>('POST', `${site(id)}/origins`, {}, { origin: added }),
    removeOrigin: (id: string, gone: string) =>
      call<OriginsAnswer>('DELETE', `${site(id)}/origins`, {}, { origin: gone }),
    importPosition: (source: string) => call<Pick<ImportAnswer, 'line'>>('GET', 'import', { source }),
    importLines: (place: { source: string; line: number; site: string | undefined }, lines: string[]) =>
      call<ImportAnswer>('POST', 'import', place, `${lines.join('\n')}\n`),
    explain: (asked: ExplainRequest) => call<ExplainAnswer>('POST', 'explain', {}, asked),
    /** Without a site: on all. */
    forget: (visitor: ForgetRequest, id?: string) =>
      call<ForgetAnswer>('POST', id === undefined ? 'forget' : `${site(id)}/forget`, {}, visitor),
    privacy: () => call<PrivacyAnswer>('GET', 'privacy'),
    tokens: () => call<ApiToken[]>('GET', 'tokens'),
    createToken: (made: NewToken) => call<CreatedToken>('POST', 'tokens', {}, made),
    revokeToken: (name: string) => call<RevokedAnswer>('DELETE', `tokens/${encodeURIComponent(name)}`),
    flush: () => call<FlushAnswer>('POST', 'flush'),
    rollup: (rebuild: boolean) => call<RollupAnswer>('POST', 'rollup', { rebuild: String(rebuild) }),
    prunePlan: () => call<PruneAnswer>('GET', 'prune'),
    prune: () => call<PruneAnswer>('POST', 'prune'),
    openCanary: () => call<CanaryOpened>('POST', 'canary'),
    canary: (id: string) => call<CanaryAnswer>('GET', `canary/${id}`),
    usage: () => call<UsageAnswer>('GET', 'usage'),
    system: () => call<SystemAnswer>('GET', 'system'),
  };
}

function asQuery({ filters, ...rest }: Question): Query {
  return { ...rest, filter: filters };
}

/** `{a: 1, filter: ['x', 'y']}` -> `?a=1&filter=x&filter=y`; what is undefined is left out. */
function queryString(query: Query): string {
  const pairs = Object.entries(query).flatMap(([key, value]) =>
    value === undefined ? [] : [value].flat().map((one): [string, string] => [key, String(one)]),
  );
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`;
}

function readAnswer<T>(connection: Connection, { status, text }: { status: number; text: string }): T {
  const value = parseJson(text);
  if (status >= 200 && status < 300 && value !== undefined) return value as T;
  if (!isErrorAnswer(value)) {
    const message = `${connection.url} answered ${status}, but not as Muntra does`;
    throw new MuntraError('server_unreachable', message, 'check the address and the proxy in front of the server');
  }
  const { code, message, hint } = value.error;
  const known: ErrorCode = Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : 'internal';
  throw new MuntraError(known, message, known === 'unauthorized' ? tokenHint(connection) : hint);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isErrorAnswer(value: unknown): value is ErrorAnswer {
  const error = isObject(value) ? value.error : undefined;
  return isObject(error) && [error.code, error.message, error.hint].every(part => typeof part === 'string');
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function tokenHint({ token, tokenPlace }: Connection): string {
  if (token === '')
    return `set MUNTRA_DASHBOARD_TOKEN, or --data-dir to the server's directory (looked in ${tokenPlace})`;
  return `the token came from ${tokenPlace}; the server's own is MUNTRA_DASHBOARD_TOKEN in its muntra.env`;
}

const NO_ANSWER: Record<string, string> = {
  ECONNREFUSED: 'Nothing listens at',
  ENOTFOUND: 'There is no host for',
  EAI_AGAIN: 'There is no host for',
  UND_ERR_CONNECT_TIMEOUT: 'No connection within 5 seconds to',
};

function unreachable({ url, local }: Connection, cause: unknown): MuntraError {
  const code = systemCode(cause);
  const message = NO_ANSWER[code] ? `${NO_ANSWER[code]} ${url}` : `No answer from ${url} (${code || 'broken off'})`;
  const hint =
    local && code === 'ECONNREFUSED' ? 'muntra start' : 'check the address (--server) and that the server runs';
  return new MuntraError('server_unreachable', message, hint, { cause });
}
