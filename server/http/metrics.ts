/**
 * `GET /metrics` for Prometheus. Answers who has a token for all sites, and who asks from this machine without a proxy in
 * between; it answers while the store is away, too. Where there is a public address, so is a proxy, which may not tell.
 */
import type { IncomingMessage } from 'node:http';
import { MuntraError } from '../errors.ts';
import { tokenAccess } from './auth.ts';
import { addressList } from './client-address.ts';
import type { Meters } from './meters.ts';
import { metricsPage } from './metrics-page.ts';
import type { Handler } from './respond.ts';
import type { HttpServices } from './services.ts';

/** One of them is in every request that a proxy on this machine hands on, if it is set up at all. */
const PROXY_HEADERS = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'];
const LOOPBACK_HOST = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/i;
const HEADERS = ['Content-Type', 'text/plain; version=0.0.4; charset=utf-8', 'Cache-Control', 'no-store'];

export function metricsHandler(services: HttpServices, meters: Meters): Handler {
  const accessOf = tokenAccess(services.config.dashboardToken, services.tokens);
  const isLoopback = addressList(['loopback']);
  const isLocal = ({ socket, headers, httpVersion }: IncomingMessage): boolean =>
    services.config.publicUrl === '' &&
    isLoopback(socket.remoteAddress ?? '') &&
    PROXY_HEADERS.every(name => headers[name] === undefined) &&
    // A proxy that tells nothing hands on the name that it was asked for, as HAProxy, or speaks HTTP/1.0, as nginx before 1.29.7.
    LOOPBACK_HOST.test(headers.host ?? '') &&
    httpVersion !== '1.0';

  return async (request, response) => {
    if (!isLocal(request) && (await accessOf(request)).sites !== null) {
      throw new MuntraError('forbidden', 'this token is not for the whole server', 'use one for all sites');
    }
    const { user, system } = process.cpuUsage();
    const page = metricsPage({
      system: await services.system(),
      drops: services.drops.totals,
      meters,
      cpu: (user + system) / 1e6,
    });
    response.writeHead(200, HEADERS).end(page);
  };
}
