/** `/api/*`: the token first, then the route; a route's method gives the answer or throws a MuntraError. */
import type { IncomingMessage } from 'node:http';
import { MuntraError } from '../errors.ts';
import { bearer } from './auth.ts';
import { canaryRoutes } from './canary-routes.ts';
import { type Handler, MethodNotAllowed, sendJson } from './respond.ts';
import type { HttpServices } from './services.ts';
import { siteRoutes } from './site-routes.ts';
import { statsRoutes } from './stats-routes.ts';
import { Streamed, sendStream } from './stream.ts';
import { systemRoutes } from './system-routes.ts';
import { transferRoutes } from './transfer-routes.ts';

export interface ApiRequest {
  query: URLSearchParams;
  /** Site id in the path, or ''. */
  id: string;
  /** For its body. */
  message: IncomingMessage;
}

export interface ApiRoute {
  /** Matches the end of the path, as a proxy may put anything before it; its group is the site id. */
  path: RegExp;
  methods: Record<string, (request: ApiRequest) => Promise<unknown>>;
}

export function apiHandler(services: HttpServices): Handler {
  const authorize = bearer(services.config.dashboardToken);
  const routes = [
    ...statsRoutes(services),
    ...siteRoutes(services),
    ...transferRoutes(services),
    ...systemRoutes(services),
    ...canaryRoutes(services),
  ];

  return async (message, response) => {
    authorize(message);
    const [path = '', query = ''] = (message.url ?? '').split('?', 2);
    const { method, id } = find(routes, path, message.method ?? '');
    const answer = await method({ query: new URLSearchParams(query), id, message });
    if (answer instanceof Streamed) await sendStream(response, answer, services.log);
    else sendJson(response, 200, answer);
  };
}

function find(routes: ApiRoute[], path: string, name: string) {
  for (const route of routes) {
    const match = route.path.exec(path);
    if (!match) continue;
    const method = route.methods[name === 'HEAD' ? 'GET' : name];
    if (method) return { method, id: match[1] ?? '' };
    throw new MethodNotAllowed(Object.keys(route.methods));
  }
  throw notFound();
}

export const notFound = (): MuntraError =>
  new MuntraError('not_found', 'there is nothing at this path', 'docs/api.md lists the paths');
