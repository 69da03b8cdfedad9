/** A page, the tracker and Muntra under one address, as docs/proxy.md has it: Debian's nginx in front, a real browser before it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { launchBrowser } from '../../server/testing/browser.ts';
import { type Muntra, startMuntra } from '../../server/testing/muntra.ts';
import { freePort, openProcesses, until } from '../../server/testing/processes.ts';
import { systemProgram } from '../../server/testing/system.ts';
import { call } from '../testing/program.ts';

const processes = openProcesses();
afterAll(() => processes.close());

/**
 * A site with the tag in its page and the lines that we print. nginx comes to Muntra from 127.0.0.2, readers to nginx from
 * 127.0.0.1. Resolves to the site's port.
 */
async function startNginx(server: Muntra): Promise<number> {
  const dir = processes.dir('nginx');
  const port = await freePort();
  const env = { MUNTRA_DATA_DIR: server.dataDir, MUNTRA_HTTP_ADDR: `127.0.0.1:${server.port}` };
  const { stdout: lines } = await call(['proxy', 'nginx', '--url', 'https://example.com/muntra/'], env);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(name => `${name}_temp_path ${dir}/t;`);
  const page = '<!doctype html><title>Shop</title><script defer src="/muntra/script.js" data-site-id="shop"></script>';
  const config = join(dir, 'nginx.conf');
  writeFileSync(
    config,
    `daemon off; master_process off; pid ${dir}/pid; error_log stderr warn; events {}
    http { access_log off; default_type text/html; ${temporary.join(' ')} proxy_bind 127.0.0.2;
      server { listen 127.0.0.1:${port};
        ${lines}
        location / { return 200 '${page}'; }
      } }`,
  );
  processes.start(systemProgram('nginx'), ['-p', dir, '-e', 'stderr', '-c', config], { cwd: dir });
  await until('the start of nginx', () =>
    fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    ),
  );
  return port;
}

test("a reader's events arrive under /muntra/, with the reader's address and Origin", async () => {
  const server = await startMuntra(processes);
  await server.api('POST', '/api/sites', { id: 'shop', origins: ['shop.test'] });
  const [port, browser] = await Promise.all([startNginx(server), launchBrowser()]);
  const page = await browser.newPage();
  const sent: string[] = [];
  page.on('request', request => sent.push(`${request.method()} ${new URL(request.url()).pathname}`));
  await page.goto(`http://shop.test:${port}/boats?utm_source=mail`);
  const rows = (): Promise<Record<string, unknown>[]> =>
    server.rows("SELECT url_path, utm_source, visitor_hash FROM raw_events WHERE event_name = 'pageview'", []);
  const stored = async (count: number): Promise<boolean> => {
    await server.api('POST', '/api/flush');
    return (await rows()).length === count;
  };
  await until('the pageview', () => stored(1));
  expect(sent).toEqual(expect.arrayContaining(['GET /muntra/script.js', 'POST /muntra/collect']));

  // The same reader without a proxy in between: it must be the same visitor.
  const userAgent = String(await page.evaluate('navigator.userAgent'));
  await browser.close();
  const direct = await fetch(`http://127.0.0.1:${server.port}/collect`, {
    method: 'POST',
    headers: { 'User-Agent': userAgent, Origin: 'http://shop.test' },
    body: JSON.stringify({ site_id: 'shop', url: 'http://shop.test/direct' }),
  });
  expect(direct.status).toBe(204);
  await until('the other one', () => stored(2));
  const [first, second] = await rows();
  expect(first).toMatchObject({ url_path: '/boats', utm_source: 'mail', visitor_hash: second?.visitor_hash });
});
