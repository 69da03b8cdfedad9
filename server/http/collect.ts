/**
 * `POST /collect`, the hot path: read the body, enrich, append, answer 204. One promise per event, that of the buffer;
 * no headers beside CORS.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DropReason } from '../contract.ts';
import { type ErrorCode, MuntraError } from '../errors.ts';
import { type Drop, enrich, type Facts } from '../ingest/enrich.ts';
import { type Event, encodeEvent } from '../ingest/event.ts';
import { sitesNotReady } from '../sites/site.ts';
import { readBody } from './body.ts';
import { type ClientAddress, clientAddress } from './client-address.ts';
import { corsHeaders } from './cors.ts';
import { type Handler, sendError } from './respond.ts';
import type { HttpServices } from './services.ts';

const BODY_LIMIT = 8 * 1024;

/** How a drop is answered; robots get the same 204 as readers. */
const REFUSALS: Partial<Record<DropReason, { code: ErrorCode; hint: string }>> = {
  unknown_site: { code: 'site_not_allowed', hint: 'correct data-site-id, or add the site with `muntra sites add`' },
  origin: { code: 'origin_not_allowed', hint: 'allow it with `muntra origins add`' },
  malformed: { code: 'bad_json', hint: 'docs/api.md tells the fields of an event' },
};

export function collectHandler(services: HttpServices): Handler {
  const { drops, log, sites } = services;
  const address = clientAddress(services.config.trustedProxies);
  const context = { site: sites.find.bind(sites), place: services.place };

  function refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    sendError(response, error, log, corsHeaders(request));
  }

  function turnAway(request: IncomingMessage, response: ServerResponse, { drop, site, why }: Drop): void {
    if (drop === 'unknown_site' && !sites.ready) throw sitesNotReady();
    drops.count(site, drop);
    const refusal = REFUSALS[drop];
    if (refusal) throw new MuntraError(refusal.code, why, refusal.hint);
    noContent(request, response);
  }

  function keep(request: IncomingMessage, response: ServerResponse, event: Event): void {
    services.append(encodeEvent(event)).then(
      () => noContent(request, response),
      error => {
        drops.count(event.site, 'full');
        refuse(request, response, error);
      },
    );
  }

  function take(request: IncomingMessage, response: ServerResponse, facts: Facts, salt: string): void {
    const enriched = enrich(facts, { ...context, salt });
    if ('drop' in enriched) turnAway(request, response, enriched);
    else keep(request, response, enriched.event);
  }

  function receive(request: IncomingMessage, response: ServerResponse, body: string): void {
    const facts = readFacts(request, body, services.now(), address);
    const salt = services.salt.at(facts.at);
    if (typeof salt === 'string') take(request, response, facts, salt);
    else salt.then(made => take(request, response, facts, made)).catch(error => refuse(request, response, error));
  }

  return (request, response) =>
    readBody(request, BODY_LIMIT, (tooLarge, body) => {
      if (tooLarge) drops.count('', 'too_large');
      try {
        if (tooLarge) throw tooLarge;
        receive(request, response, body);
      } catch (error) {
        refuse(request, response, error);
      }
    });
}

function readFacts(request: IncomingMessage, body: string, at: number, address: ClientAddress): Facts {
  const { headers } = request;
  const purpose = headers['sec-purpose'] ?? headers.purpose ?? headers['x-moz'] ?? '';
  return {
    at,
    body,
    ip: address(request.socket.remoteAddress ?? '', String(headers['x-forwarded-for'] ?? '')),
    userAgent: headers['user-agent'] ?? '',
    origin: headers.origin ?? '',
    referer: headers.referer ?? '',
    purpose: String(purpose),
  };
}

function noContent(request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(204, corsHeaders(request));
  response.end();
}
