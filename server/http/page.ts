/** A page served as it is, beside the API: the demo's. */
import type { Handler } from './respond.ts';

export interface Page {
  /** Such as `/demo`; a proxy may put anything before it. */
  path: string;
  /** Content-Type. */
  type: string;
  body: string;
}

export function pageHandler({ type, body }: Page): Handler {
  const length = String(Buffer.byteLength(body));
  return (_, response) => {
    response.writeHead(200, ['Content-Type', type, 'Content-Length', length, 'X-Content-Type-Options', 'nosniff']);
    response.end(body);
  };
}
