/** Where the server listens. What the system refuses becomes an error with a remedy. */
import type { Server } from 'node:http';
import type { Address } from '../config-values.ts';
import { MuntraError, systemCode } from '../errors.ts';

/** Resolves, once it listens, to a URL that reaches it from this machine. Throws MuntraError `address_in_use`. */
export async function listen(server: Server, { host, port }: Address): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    const fail = (error: Error): void => reject(refused(error, host, port));
    server.once('error', fail);
    server.listen({ port, ...(host !== '' && { host }) }, () => {
      server.off('error', fail);
      resolve();
    });
  });
  const bound = server.address();
  const reachable = host === '' || host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  const boundPort = typeof bound === 'object' && bound ? bound.port : port;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${boundPort}`;
}

const REMEDIES: Record<string, { problem: string; hint: string }> = {
  EADDRINUSE: { problem: 'is in use', hint: 'stop what uses it, or choose another: MUNTRA_HTTP_ADDR=127.0.0.1:8091' },
  EACCES: {
    problem: 'may not be used by this user',
    hint: 'choose a port above 1023: MUNTRA_HTTP_ADDR=127.0.0.1:8090',
  },
  EADDRNOTAVAIL: { problem: 'is not an address of this machine', hint: 'MUNTRA_HTTP_ADDR=127.0.0.1:8090' },
  ENOTFOUND: { problem: 'is not an address of this machine', hint: 'MUNTRA_HTTP_ADDR=127.0.0.1:8090' },
};

function refused(error: Error, host: string, port: number): Error {
  const remedy = REMEDIES[systemCode(error)];
  if (!remedy) return error;
  return new MuntraError('address_in_use', `${host}:${port} ${remedy.problem}`, remedy.hint, { cause: error });
}

/** Milliseconds that requests in work have to finish. */
const GRACE = 2_000;

/** Takes no more connections; resolves when the last one is closed. */
export async function stopListening(server: Server): Promise<void> {
  const closed = new Promise<void>(resolve => server.close(() => resolve()));
  const late = setTimeout(() => server.closeAllConnections(), GRACE);
  await closed;
  clearTimeout(late);
}
