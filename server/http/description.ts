/**
 * `GET /api/openapi.json`: what this interface takes and answers, for whoever asks, as it says no more than the source.
 * Read when it is first asked for: 40 KB that most servers never need.
 */
import { pageHandler } from './page.ts';
import type { Handler } from './respond.ts';

let page: Promise<Handler> | undefined;

export const descriptionHandler: Handler = async (request, response) => {
  page ??= import('muntra:openapi').then(({ default: body }) =>
    pageHandler({ path: '/api/openapi.json', type: 'application/json; charset=utf-8', body }),
  );
  return (await page)(request, response);
};
