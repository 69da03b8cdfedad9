/** `POST /api/explain`: what would become of an event, by the sites, the salt and the table of places of this server. */
import type { ExplainAnswer, ExplainRequest } from '../contract/explain.ts';
import { MuntraError } from '../errors.ts';
import { addressBytes } from '../ingest/address.ts';
import { explain } from '../ingest/explain.ts';
import { sitesNotReady } from '../sites/site.ts';
import type { ApiRoute } from './api.ts';
import { readJson } from './body.ts';
import { type Fields, textField } from './fields.ts';
import { refusal } from './refusal.ts';
import type { HttpServices } from './services.ts';

export function explainRoutes({ now, place, salt, sites, spam }: HttpServices): ApiRoute[] {
  async function answer(asked: ExplainRequest): Promise<ExplainAnswer> {
    if (!sites.ready) throw sitesNotReady();
    const at = now();
    const enrichment = { site: sites.find.bind(sites), place, spam, salt: await salt.at(at) };
    const { enriched, steps } = explain(asked, at, enrichment);
    const refused = 'drop' in enriched ? refusal(enriched) : undefined;
    return { kept: 'event' in enriched, status: refused?.status ?? 204, hint: refused?.hint ?? '', steps };
  }

  return [
    { path: /\/api\/explain$/, methods: { POST: async ({ message }) => answer(readRequest(await readJson(message))) } },
  ];
}

function readRequest(fields: Fields): ExplainRequest {
  const text = (name: string): string => textField(fields, name) ?? '';
  const ip = text('ip');
  // The message does not repeat it: it would be logged somewhere.
  if (!addressBytes(ip)) throw new MuntraError('bad_request', 'ip is not an IP address', '{"ip": "203.0.113.1"}');
  return {
    site: text('site'),
    url: text('url'),
    referrer: text('referrer'),
    userAgent: text('userAgent'),
    ip,
    origin: text('origin'),
  };
}
