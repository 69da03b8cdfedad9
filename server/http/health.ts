/** `/health`: the process answers. `/ready`: it can keep events and answer questions. */
import { type Handler, sendJson } from './respond.ts';
import type { HttpServices } from './services.ts';

export const healthHandler: Handler = (_, response) => sendJson(response, 200, { status: 'ok' });

/** 503 until the sites are known, and while the store or the buffer is away. Who asks meanwhile gets the same answer. */
export function readyHandler({ ready, sites }: HttpServices): Handler {
  let asked: ReturnType<typeof ready> | undefined;
  return async (_, response) => {
    asked ??= ready().finally(() => {
      asked = undefined;
    });
    const answer = await asked;
    sendJson(response, answer.store && answer.buffer && sites.ready ? 200 : 503, answer);
  };
}
