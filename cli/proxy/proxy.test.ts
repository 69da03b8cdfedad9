/** A real nginx in front of the real server, with the lines that we print and with others; Caddy's and Traefik's by their shape. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Muntra, startMuntra } from '../../server/testing/muntra.ts';
import { freePort, openProcesses, until } from '../../server/testing/processes.ts';
import { systemProgram } from '../../server/testing/system.ts';
import type { Check } from '../report/checks.ts';
import { call } from '../testing/program.ts';
import { checkAddress } from './check.ts';
import { proxySnippet, WEB_SERVERS } from './snippet.ts';

const processes = openProcesses();
let server: Muntra;
let env: Record<string, string>;
let nginx: { port: number; config: string };

const muntra = (...argv: string[]) => call(argv, env);
const publicUrl = (path: string) => `http://127.0.0.1:${nginx.port}${path}`;

/** Whose lines are ours, and what others make of them. */
async function startNginx(): Promise<typeof nginx> {
  const dir = processes.dir('nginx');
  const port = await freePort();
  const ours = (await muntra('proxy', 'nginx', '--url', 'https://example.com/muntra/')).stdout;
  const other = (path: string, change: (lines: string) => string) => change(ours).replaceAll('/muntra/', path);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    name => `${name}_temp_path ${dir}/${name};`,
  );
  const config = join(dir, 'nginx.conf');
  writeFileSync(
    config,
    `daemon off; master_process off; pid ${dir}/pid; error_log stderr warn; events {}
    http { access_log ${dir}/access.log; ${temporary.join(' ')}
      server { listen 127.0.0.1:${port};
        ${ours}
        ${other('/mute/', lines => lines.replace(/.*X-Forwarded-For.*/, ''))}
        ${other('/shy/', lines => lines.replace('}', 'proxy_set_header Origin ""; }'))}
        ${other('/cut/', lines => lines.replace(/(proxy_pass .*);/, '$1/;'))}
        ${other('/down/', lines => lines.replace(/(proxy_pass).*;/, '$1 http://127.0.0.1:1;'))}
        location = /script/script.js { proxy_pass http://127.0.0.1:${server.port}; }
        location /moved/ { return 301 https://example.com/muntra/; }
        location /page/ { return 200 'a page'; }
      } }`,
  );
  processes.start(systemProgram('nginx'), ['-p', dir, '-e', 'stderr', '-c', config], { cwd: dir });
  await until('the start of nginx', () =>
    fetch(`http://127.0.0.1:${port}/page/`).then(
      () => true,
      () => false,
    ),
  );
  return { port, config };
}

beforeAll(async () => {
  server = await startMuntra(processes);
  env = { MUNTRA_DATA_DIR: server.dataDir, MUNTRA_HTTP_ADDR: `127.0.0.1:${server.port}` };
  nginx = await startNginx();
});

afterAll(() => processes.close());

describe('the lines for nginx', () => {
  it('come with the command that checks them, which works', async () => {
    const { stderr } = await muntra('proxy', 'nginx', '--url', publicUrl('/muntra/'));
    expect(stderr).toBe(`Then: muntra proxy --check ${publicUrl('/muntra/')}\n`);
    expect((await muntra(...stderr.trim().split(' ').slice(2))).code).toBe(0);
  });

  it('are taken by nginx', () => {
    const { status, stderr } = spawnSync(systemProgram('nginx'), ['-t', '-c', nginx.config], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, expect.stringContaining('test is successful')]);
  });

  it('serve the tracker, and hand on events with path, Origin and address', async () => {
    const { code, stdout, stderr } = await muntra('proxy', '--check', publicUrl('/muntra/'));
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout.split('\n')).toEqual([
      `✓ script   ${publicUrl('/muntra/')}script.js is the tracker`,
      `✓ collect  ${publicUrl('/muntra/')}collect takes events`,
      '✓ path     arrives as /muntra/collect',
      `✓ origin   arrives as http://127.0.0.1:${nginx.port}`,
      '✓ address  arrives as your own',
      '✓ row      the event was stored, found and removed',
      '',
    ]);
    expect(await server.rows('SELECT * FROM raw_events', [])).toEqual([]);
  });
});

describe('muntra proxy --check', () => {
  /** The checks that failed. */
  async function failures(path: string): Promise<Record<string, string>> {
    const { code, stdout } = await muntra('proxy', '--check', publicUrl(path), '--json');
    const bad = (JSON.parse(stdout) as Check[]).filter(({ ok }) => !ok);
    expect(code).toBe(bad.length > 0 ? 1 : 0);
    return Object.fromEntries(bad.map(({ name, detail, hint }) => [name, `${detail} -> ${hint}`]));
  }

  it('takes a prefix that is cut away for what it is', async () => {
    expect(await failures('/cut/')).toEqual({});
    expect((await muntra('proxy', '--check', publicUrl('/cut/'))).stdout).toContain(
      'arrives as /collect, cut by the proxy',
    );
  });

  it.each([
    ['/mute/', { address: /all visitors look like one -> nginx: proxy_set_header X-Forwarded-For \$proxy_add/ }],
    ['/shy/', { origin: /taken away -> nginx: proxy_set_header Origin/ }],
    ['/script/', { collect: /answered with 404 -> the proxy must pass \/script\/ on, POST included/ }],
    ['/none/', { script: /answered with 404/, collect: /answered with 404/ }],
    ['/down/', { script: /does not reach Muntra -> check the port/, collect: /502/ }],
    ['/moved/', { script: /leads to https:\/\/example.com\/muntra\//, collect: /leads to/ }],
    ['/page/', { script: /not the tracker of this server/, collect: /answered with 200/ }],
  ])('names what is wrong at %s, and the line to change', async (path, expected) => {
    const found = await failures(path);
    expect(Object.keys(found)).toEqual(Object.keys(expected));
    for (const [name, pattern] of Object.entries(expected)) expect(found[name]).toMatch(pattern);
  });

  it('says where nobody answers', async () => {
    const { code, stdout, stderr } = await muntra('proxy', '--check', `http://127.0.0.1:${await freePort()}/`);
    expect(code).toBe(1);
    expect(stdout).toContain('✗ collect  no answer: ECONNREFUSED');
    expect(stderr).toMatch(/^Error: 2 of 2 checks failed: script, collect\nTry: /);
  });

  it('needs an address, given or set', async () => {
    expect((await muntra('proxy', '--check')).stderr).toContain('MUNTRA_PUBLIC_URL');
    const set = { ...env, MUNTRA_PUBLIC_URL: publicUrl('/muntra') };
    expect((await call(['proxy', '--check'], set)).code).toBe(0);
    expect((await muntra('proxy', '--check', 'example.com')).stderr).toContain('"example.com" is not a web address');
  });
});

describe('the address', () => {
  const peer = (network: 'loopback' | 'private' | 'public', trusted: boolean) => ({ network, trusted });
  const client = (network: 'loopback' | 'private' | 'public', same: boolean) => ({ network, same });
  const at = { path: '/collect', origin: '' };

  it.each([
    [
      'behind NAT',
      { peer: peer('loopback', true), forwarded: 1, client: client('public', false) },
      false,
      true,
      'a public',
    ],
    [
      'without a proxy',
      { peer: peer('public', false), forwarded: 0, client: client('public', true) },
      false,
      true,
      'no proxy',
    ],
    [
      'on the machine itself',
      { peer: peer('loopback', true), forwarded: 0, client: client('loopback', true) },
      true,
      true,
      'no proxy',
    ],
    [
      'a proxy nobody trusts',
      { peer: peer('public', false), forwarded: 1, client: client('public', false) },
      false,
      false,
      'add <address of the proxy> to MUNTRA_TRUSTED_PROXIES',
    ],
    [
      'a proxy no longer trusted',
      { peer: peer('loopback', false), forwarded: 1, client: client('loopback', true) },
      false,
      false,
      'add loopback to MUNTRA_TRUSTED_PROXIES',
    ],
    [
      'a bridge in between',
      { peer: peer('loopback', true), forwarded: 1, client: client('private', false) },
      false,
      false,
      'none replace it',
    ],
  ])('%s', (_, seen, direct, ok, text) => {
    const check = checkAddress({ ...at, ...seen }, direct);
    expect(check.ok).toBe(ok);
    expect(check.detail + check.hint).toContain(text);
  });
});

describe('the lines for others', () => {
  const lines = async (kind: string, url: string) => (await muntra('proxy', kind, '--url', url)).stdout;

  it('pass on one path of Caddy', async () => {
    expect(await lines('caddy', 'https://example.com/muntra')).toBe(
      `# Caddyfile, in the block of example.com:\nhandle /muntra/* {\n    reverse_proxy 127.0.0.1:${server.port}\n}\n`,
    );
  });

  it('are a router and a service of Traefik', async () => {
    const service = { loadBalancer: { servers: [{ url: `http://127.0.0.1:${server.port}` }] } };
    const router = { rule: 'Host(`example.com`) && PathPrefix(`/muntra/`)', service: 'muntra' };
    expect(parse(await lines('traefik', 'https://example.com/muntra/'))).toEqual({
      http: { routers: { muntra: { ...router, entryPoints: ['websecure'], tls: {} } }, services: { muntra: service } },
    });
    expect(parse(await lines('traefik', 'http://example.com/muntra/')).http.routers.muntra).toEqual({
      ...router,
      entryPoints: ['web'],
    });
  });

  it('are those of the documentation', async () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/proxy.md'), 'utf8');
    for (const server of WEB_SERVERS) {
      const printed = proxySnippet(server, 'https://example.com/muntra/', 'http://127.0.0.1:8090');
      expect(page).toContain(printed.slice(printed.indexOf('\n')));
    }
  });

  it('refuse a path that would mean something in a configuration', async () => {
    const { code, stdout, stderr } = await muntra('proxy', 'nginx', '--url', 'https://example.com/a;b/');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('need quotes');
  });

  it('want to know for whom', async () => {
    expect((await muntra('proxy')).stderr).toContain('Which web server?');
    expect((await muntra('proxy', 'apache')).stderr).toContain('nginx, caddy, traefik');
  });
});
