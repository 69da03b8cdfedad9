/** A page served as it is, beside the API: the demo's. */
import { type Handler, send } from './respond.ts';

export interface Page {
  /** Such as `/demo`; a proxy may put anything before it. */
  path: string;
  /** Content-Type. */
  type: string;
  body: string;
}

export function pageHandler({ type, body }: Page): Handler {
  // The same bytes for all who ask, however slowly they read.
  const bytes = Buffer.from(body);
  return (_, response) => send(response, 200, ['Content-Type', type, 'X-Content-Type-Options', 'nosniff'], bytes);
}
