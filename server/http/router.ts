/**
 * From a request to its handler. Paths are compared at their end, so that a proxy may serve Muntra under any prefix
 * without rewriting.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { apiHandler, notFound } from './api.ts';
import { collectHandler } from './collect.ts';
import { answerPreflight } from './cors.ts';
import { descriptionHandler } from './description.ts';
import { healthHandler, readyHandler } from './health.ts';
import { createMeters, type Meters } from './meters.ts';
import { metricsHandler } from './metrics.ts';
import { pageHandler } from './page.ts';
import { type Handler, MethodNotAllowed, sendError } from './respond.ts';
import { scriptHandler } from './script.ts';
import type { HttpServices } from './services.ts';
import { cutUrl } from './url.ts';

interface Place {
  /** Of its path. */
  end: string;
  methods: Record<string, Handler>;
}

/** What asks nobody for a token, but for the metrics, which look for one themselves. */
export function openPlaces(services: HttpServices, meters: Meters): Place[] {
  return [
    { end: '/collect', methods: { POST: collectHandler(services, meters), OPTIONS: answerPreflight } },
    { end: '/script.js', methods: { GET: scriptHandler(services.script) } },
    { end: '/health', methods: { GET: healthHandler } },
    { end: '/ready', methods: { GET: readyHandler(services) } },
    { end: '/metrics', methods: { GET: metricsHandler(services, meters) } },
    { end: '/api/openapi.json', methods: { GET: descriptionHandler } },
    ...services.pages.map(page => ({ end: page.path, methods: { GET: pageHandler(page) } })),
  ];
}

export function createRouter(services: HttpServices): (request: IncomingMessage, response: ServerResponse) => void {
  const meters = createMeters();
  const api = apiHandler(services, meters);
  const places = openPlaces(services, meters);

  function find(path: string, method: string): Handler {
    // A site or a token may be called `health` or `demo`.
    if (/\/api\/(sites|tokens)\//.test(path)) return api;
    const place = places.find(({ end }) => path.endsWith(end));
    if (!place && path.includes('/api/')) return api;
    if (!place) throw notFound();
    const handler = place.methods[method === 'HEAD' ? 'GET' : method];
    if (!handler) throw new MethodNotAllowed(Object.keys(place.methods));
    return handler;
  }

  return (request, response) => {
    try {
      const answered = find(cutUrl(request.url ?? '').path, request.method ?? '')(request, response);
      answered?.catch((error: unknown) => sendError(response, error, services.log));
    } catch (error) {
      sendError(response, error, services.log);
    }
  };
}
