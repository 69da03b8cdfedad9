/** The API as typed functions. */
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
import type { Connection } from './connection.ts';
import { openTransport, PATIENCE, type Query } from './transport.ts';

/** What a question is about; filters as `browser:is:Firefox`. */
export interface Question {
  site: string;
  /** Unix milliseconds, [from, to). */
  from: number;
  to: number;
  filters: string[];
}

export type Client = ReturnType<typeof createClient>;

/** Connects at the first call. All functions throw MuntraError, or the signal's reason once it is aborted. */
export function createClient(connection: Connection, signal: AbortSignal, patience = PATIENCE) {
  const { call, work, download } = openTransport(connection, signal, patience);
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
    removeSite: (id: string) => work<RemovedAnswer>('DELETE', site(id)),
    origins: (id: string) => call<OriginsAnswer>('GET', `${site(id)}/origins`),
    addOrigin: (id: string, added: string) => call<OriginsAnswer>('POST', `${site(id)}/origins`, {}, { origin: added }),
    removeOrigin: (id: string, gone: string) =>
      call<OriginsAnswer>('DELETE', `${site(id)}/origins`, {}, { origin: gone }),
    importPosition: (source: string) => call<Pick<ImportAnswer, 'line'>>('GET', 'import', { source }),
    importLines: (place: { source: string; line: number; site: string | undefined }, lines: string[]) =>
      work<ImportAnswer>('POST', 'import', place, `${lines.join('\n')}\n`),
    explain: (asked: ExplainRequest) => call<ExplainAnswer>('POST', 'explain', {}, asked),
    /** Without a site: on all. */
    forget: (visitor: ForgetRequest, id?: string) =>
      work<ForgetAnswer>('POST', id === undefined ? 'forget' : `${site(id)}/forget`, {}, visitor),
    privacy: () => call<PrivacyAnswer>('GET', 'privacy'),
    tokens: () => call<ApiToken[]>('GET', 'tokens'),
    createToken: (made: NewToken) => call<CreatedToken>('POST', 'tokens', {}, made),
    revokeToken: (name: string) => call<RevokedAnswer>('DELETE', `tokens/${encodeURIComponent(name)}`),
    flush: () => work<FlushAnswer>('POST', 'flush'),
    rollup: (rebuild: boolean) => work<RollupAnswer>('POST', 'rollup', { rebuild: String(rebuild) }),
    prunePlan: () => work<PruneAnswer>('GET', 'prune'),
    prune: () => work<PruneAnswer>('POST', 'prune'),
    openCanary: () => call<CanaryOpened>('POST', 'canary'),
    canary: (id: string) => call<CanaryAnswer>('GET', `canary/${id}`),
    usage: () => work<UsageAnswer>('GET', 'usage'),
    system: () => call<SystemAnswer>('GET', 'system'),
  };
}

function asQuery({ filters, ...rest }: Question): Query {
  return { ...rest, filter: filters };
}
