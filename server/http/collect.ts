/**
 * `POST /collect`, the hot path: read the body, enrich, append, answer 204. One promise per event, that of the buffer;
 * no headers beside CORS.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { limitOf, visitorLimit } from '../access/rate-limit.ts';
import type { Site } from '../contract/site.ts';
import { type Drop, enrich } from '../ingest/enrich.ts';
import { type Event, encodeEvent } from '../ingest/event.ts';
import type { Facts } from '../ingest/facts.ts';
import { sitesNotReady } from '../sites/site.ts';
import { readBody } from './body.ts';
import { clientAddress } from './client-address.ts';
import { corsHeaders } from './cors.ts';
import type { Meters } from './meters.ts';
import { refusal } from './refusal.ts';
import { type Handler, sendError } from './respond.ts';
import type { HttpServices } from './services.ts';

const BODY_LIMIT = 8 * 1024;

export function collectHandler(services: HttpServices, meters: Meters): Handler {
  const { canaries, drops, log, sites } = services;
  const { rateLimit, trustedProxies } = services.config;
  const address = clientAddress(trustedProxies);
  const context = { site: sites.find.bind(sites), place: services.place, spam: services.spam };
  const visitorMay = visitorLimit(rateLimit.visitor);
  const siteMay = limitOf<Site>(rateLimit.site);

  function refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    sendError(response, error, log, corsHeaders(request));
  }

  /** Counts it, and throws what the client is told, if anything. */
  function turnAway(drop: Drop): void {
    if (drop.drop === 'unknown_site' && !sites.ready) throw sitesNotReady();
    drops.count(drop.site, drop.drop, drop.bot);
    const refused = refusal(drop);
    if (refused) throw refused;
  }

  function keep(request: IncomingMessage, response: ServerResponse, event: Event): void {
    services.append(encodeEvent(event)).then(
      () => {
        meters.kept++;
        noContent(request, response);
      },
      error => {
        drops.count(event.site, 'full');
        refuse(request, response, error);
      },
    );
  }

  /** As `keep`, but counted nowhere. */
  function keepCanary(request: IncomingMessage, response: ServerResponse, event: Event): void {
    services.append(encodeEvent(event)).then(
      () => noContent(request, response),
      error => refuse(request, response, error),
    );
  }

  function take(request: IncomingMessage, response: ServerResponse, facts: Facts, salt: string): void {
    const enriched = enrich(facts, { ...context, salt });
    if ('drop' in enriched) {
      turnAway(enriched);
      noContent(request, response);
    } else {
      if (!siteMay(enriched.site, facts.at)) turnAway(tooMany('for this site', enriched.site.id));
      keep(request, response, enriched.event);
    }
  }

  /** Its body has come, of a size that is allowed. */
  function receive(request: IncomingMessage, response: ServerResponse, ip: string, body: string): void {
    const canary = canaries.awaited ? canaries.arrive(request, ip, body) : undefined;
    if (canary !== undefined) {
      keepCanary(request, response, canary);
      return;
    }
    const facts = readFacts(request, body, services.now(), ip);
    const salt = services.salt.at(facts.at);
    if (typeof salt === 'string') take(request, response, facts, salt);
    else salt.then(made => take(request, response, facts, made)).catch(error => refuse(request, response, error));
  }

  /** The visitor's address. Before the body is read: who comes too often shall cost little. */
  function admit({ socket, headers }: IncomingMessage): string {
    const ip = address(socket.remoteAddress ?? '', String(headers['x-forwarded-for'] ?? ''));
    if (!visitorMay(ip, services.now())) turnAway(tooMany('from this address', ''));
    return ip;
  }

  return (request, response) => {
    try {
      const ip = admit(request);
      readBody(request, BODY_LIMIT, (tooLarge, body) => {
        try {
          if (tooLarge) throw tooLarge;
          receive(request, response, ip, body);
        } catch (error) {
          if (tooLarge) drops.count('', 'too_large');
          refuse(request, response, error);
        }
      });
    } catch (error) {
      refuse(request, response, error);
    }
  };
}

const tooMany = (which: string, site: string): Drop => ({ drop: 'rate', site, why: `too many events ${which}` });

function readFacts({ headers }: IncomingMessage, body: string, at: number, ip: string): Facts {
  const purpose = headers['sec-purpose'] ?? headers.purpose ?? headers['x-moz'] ?? '';
  return {
    at,
    body,
    ip,
    userAgent: headers['user-agent'] ?? '',
    origin: headers.origin ?? '',
    referer: headers.referer ?? '',
    host: headers.host ?? '',
    purpose: String(purpose),
    brands: String(headers['sec-ch-ua'] ?? ''),
    fetchMode: String(headers['sec-fetch-mode'] ?? ''),
    fetchSite: String(headers['sec-fetch-site'] ?? ''),
    from: headers.from ?? '',
  };
}

function noContent(request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(204, corsHeaders(request));
  response.end();
}
