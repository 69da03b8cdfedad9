/**
 * The lines that a web server needs to serve Muntra under a site's own address. The path is passed on as it is: Muntra looks
 * at its end alone.
 */
import { MuntraError } from '../../server/errors.ts';

export const WEB_SERVERS = ['nginx', 'caddy', 'traefik'] as const;
export type WebServer = (typeof WEB_SERVERS)[number];

interface Place {
  /** Without its port. */
  host: string;
  /** `/` or `/muntra/`. */
  path: string;
  tls: boolean;
  /** Where Muntra listens: `http://127.0.0.1:8090`. */
  upstream: string;
}

const SNIPPETS: Record<WebServer, (place: Place) => string> = { nginx, caddy, traefik };

/** `publicUrl` ends with a slash. Throws MuntraError `usage` for a path that would have to be quoted in a configuration. */
export function proxySnippet(server: WebServer, publicUrl: string, upstream: string): string {
  const { hostname: host, pathname: path, protocol } = new URL(publicUrl);
  if (!/^[\w./~-]+$/.test(path)) {
    const message = `The path ${path} has characters that need quotes in a configuration`;
    throw new MuntraError('usage', message, 'use letters, digits, dots and dashes: https://example.com/muntra/');
  }
  return SNIPPETS[server]({ host, path, tls: protocol === 'https:', upstream });
}

function nginx({ host, path, upstream }: Place): string {
  return `# nginx, in the server block of ${host}:
location ${path} {
    proxy_pass ${upstream};
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    access_log off;  # it would keep the addresses that Muntra forgets
}
`;
}

function caddy({ host, path, upstream }: Place): string {
  return `# Caddyfile, in the block of ${host}:
handle ${path}* {
    reverse_proxy ${new URL(upstream).host}
}
`;
}

function traefik({ host, path, tls, upstream }: Place): string {
  return `# Traefik, a file of its file provider:
http:
  routers:
    muntra:
      rule: Host(\`${host}\`) && PathPrefix(\`${path}\`)
      entryPoints: [${tls ? 'websecure' : 'web'}]${tls ? '\n      tls: {}' : ''}
      service: muntra
  services:
    muntra:
      loadBalancer:
        servers:
          - url: ${upstream}
`;
}
