/** `/api/*`: the token first, then the route; a route's method gives the answer or throws a MuntraError. */
import type { IncomingMessage } from 'node:http';
import { type Access, checkAccess, type Subject } from '../access/access.ts';
import { MuntraError } from '../errors.ts';
import { tokenAccess } from './auth.ts';
import { canaryRoutes } from './canary-routes.ts';
import { dropRoutes } from './drop-routes.ts';
import { explainRoutes } from './explain-routes.ts';
import { fleetRoutes } from './fleet-routes.ts';
import type { Meters } from './meters.ts';
import { privacyRoutes } from './privacy-routes.ts';
import { type Handler, MethodNotAllowed, sendJson } from './respond.ts';
import type { HttpServices } from './services.ts';
import { siteRoutes } from './site-routes.ts';
import { statsRoutes } from './stats-routes.ts';
import { Streamed, sendStream } from './stream.ts';
import { systemRoutes } from './system-routes.ts';
import { tokenRoutes } from './token-routes.ts';
import { transferRoutes } from './transfer-routes.ts';
import { cutUrl } from './url.ts';

export interface ApiRequest {
  query: URLSearchParams;
  /** The site, or whatever else, that the path names, or ''. */
  id: string;
  /** Of the one who asks; what it forbids is refused before. */
  access: Access;
  /** For its body. */
  message: IncomingMessage;
}

export interface ApiRoute {
  /** Matches the end of the path, as a proxy may put anything before it; its group is the `id`. */
  path: RegExp;
  /**
   * Where the one site is named that the route is about, so that tokens for that site may use it: `id`, or the parameter
   * `site`. `sites`: the route answers with those that the token sees. Without it the route is for the whole server.
   */
  about?: 'id' | 'query' | 'sites';
  /** The name by which `muntra_query_seconds` knows it; questions about figures have one. */
  question?: string;
  methods: Record<string, (request: ApiRequest) => Promise<unknown>>;
}

export const apiRoutes = (services: HttpServices): ApiRoute[] => [
  ...statsRoutes(services),
  ...fleetRoutes(services),
  ...siteRoutes(services),
  ...dropRoutes(services),
  ...transferRoutes(services),
  ...systemRoutes(services),
  ...tokenRoutes(services),
  ...explainRoutes(services),
  ...canaryRoutes(services),
  ...privacyRoutes(services),
];

export function apiHandler(services: HttpServices, meters: Meters): Handler {
  const accessOf = tokenAccess(services.config.dashboardToken, services.tokens);
  const routes = apiRoutes(services);

  return async (message, response) => {
    const access = await accessOf(message);
    const { path, query: search } = cutUrl(message.url ?? '');
    const name = message.method === 'HEAD' ? 'GET' : (message.method ?? '');
    const { route, method, id } = find(routes, path, name);
    const query = new URLSearchParams(search);
    checkAccess(access, subject(route, id, query), name !== 'GET');
    const started = performance.now();
    const answer = await method({ query, id, access, message });
    if (answer instanceof Streamed) return sendStream(response, answer, services.log);
    if (route.question) meters.observe(route.question, (performance.now() - started) / 1000);
    sendJson(response, 200, answer);
  };
}

/** Of those whose path is an end of this one the longest: `/api/sites/api/drops` is about a site called `api`. */
function find(routes: ApiRoute[], path: string, name: string) {
  let longest: { route: ApiRoute; match: RegExpExecArray } | undefined;
  for (const route of routes) {
    const match = route.path.exec(path);
    if (match && match.index < (longest?.match.index ?? path.length)) longest = { route, match };
  }
  if (!longest) throw notFound();
  const { route, match } = longest;
  const method = route.methods[name];
  if (!method) throw new MethodNotAllowed(Object.keys(route.methods));
  return { route, method, id: match[1] ?? '' };
}

function subject({ about }: ApiRoute, id: string, query: URLSearchParams): Subject {
  if (about === 'id') return { site: id };
  if (about === 'query') return { site: query.get('site') ?? '' };
  return about ?? 'server';
}

export const notFound = (): MuntraError =>
  new MuntraError('not_found', 'there is nothing at this path', 'docs/api.md lists the paths');
