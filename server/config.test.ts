import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';
import { configurationPage } from './config-page.ts';
import { MuntraError } from './errors.ts';
import { OPTIONS } from './options.ts';

function failure(env: Record<string, string>): MuntraError {
  try {
    readConfig({ env });
  } catch (error) {
    if (error instanceof MuntraError) return error;
  }
  throw new Error('it could be read');
}

describe('configuration', () => {
  it('has the defaults of the Go Muntra', () => {
    const config = readConfig({});
    expect(config.httpAddr).toEqual({ host: '', port: 8090 });
    expect(config.flushInterval).toBe(60_000);
  });

  it('lets a flag win over the environment, and the environment over the file', () => {
    const name = 'MUNTRA_FLUSH_INTERVAL';
    const [file, env, flags] = [{ [name]: '1s' }, { [name]: '2s' }, { [name]: '3s' }];
    expect(readConfig({ file }).flushInterval).toBe(1000);
    expect(readConfig({ file, env }).flushInterval).toBe(2000);
    expect(readConfig({ file, env, flags }).flushInterval).toBe(3000);
  });

  it('takes an empty variable for one that is not set', () => {
    expect(readConfig({ env: { MUNTRA_FLUSH_INTERVAL: '' } }).flushInterval).toBe(60_000);
    const file = { MUNTRA_HTTP_ADDR: '127.0.0.1:8090', MUNTRA_DASHBOARD_TOKEN: 'a'.repeat(32) };
    const blank = { MUNTRA_HTTP_ADDR: '', MUNTRA_DASHBOARD_TOKEN: ' ' };
    const known = { httpAddr: { host: '127.0.0.1', port: 8090 }, dashboardToken: 'a'.repeat(32) };
    expect(readConfig({ file, env: blank, flags: blank })).toMatchObject(known);
  });

  it.each([
    ['MUNTRA_HTTP_ADDR', '8090'],
    ['MUNTRA_HTTP_ADDR', ':99999'],
    ['MUNTRA_PUBLIC_URL', 'example.com/muntra'],
    ['MUNTRA_PUBLIC_URL', 'ftp://example.com/'],
    ['MUNTRA_FLUSH_INTERVAL', '60'],
    ['MUNTRA_FLUSH_INTERVAL', '25d'],
    ['MUNTRA_ROLLUP_INTERVAL', '1000h'],
    ['MUNTRA_FLUSH_BATCH_SIZE', '0'],
    ['MUNTRA_FLUSH_BATCH_SIZE', '1e3'],
    ['MUNTRA_SITE_ORIGINS', 'example.com'],
    ['MUNTRA_SPOOL_MAX', 'plenty'],
    ['MUNTRA_SPOOL_MAX', '0'],
    ['MUNTRA_SPOOL_MAX', '63KB'],
    ['MUNTRA_SPOOL_SYNC', 'never'],
    ['MUNTRA_RATE_LIMIT', 'much'],
    ['MUNTRA_RATE_LIMIT', '1,2,3'],
    ['MUNTRA_LOG_LEVEL', 'loud'],
  ])('names %s when %j cannot be read, and shows a value that can', (name, value) => {
    const error = failure({ [name]: value });
    expect(error.code).toBe('config_invalid');
    expect(error.message).toContain(`${name} "${value}" `);
    expect(error.hint).toMatch(new RegExp(`^${name}=.+`));
  });

  it('does not repeat a secret', () => {
    expect(failure({ MUNTRA_DASHBOARD_TOKEN: 'hunter2' }).message).not.toContain('hunter2');
  });

  it.each([
    'nonsense',
    'localhost:5432/muntra',
    'host=localhost dbname=muntra',
    'mysql://localhost/muntra',
    'postgres://muntra:p/w@localhost/muntra',
    'postgres://muntra:p%w@localhost/muntra',
    'postgres://a:5432,b:5432/muntra',
    'postgres://localhost:99999/muntra',
  ])('takes %s for a mistake, not for a PostgreSQL that is away', dsn => {
    const { code, message } = failure({ MUNTRA_POSTGRES_DSN: dsn });
    expect(code).toBe('config_invalid');
    expect(message).toMatch(/^MUNTRA_POSTGRES_DSN (is not postgres:|has a %)/);
    expect(message).not.toContain(dsn);
  });

  it.each([
    'postgresql://localhost',
    'postgres://muntra:p%2Fw@[::1]:5433/muntra?sslmode=verify-full',
    'postgres://muntra@%2Frun%2Fpostgresql/muntra',
    'postgres://muntra@/muntra?host=/run/postgresql',
  ])('takes %s', dsn => {
    expect(readConfig({ env: { MUNTRA_POSTGRES_DSN: dsn } }).postgresDsn).toBe(dsn);
  });

  it.each(Object.values(OPTIONS))('shows an example of $name that can be read', ({ example, parse }) => {
    expect(() => parse(example)).not.toThrow();
  });

  it('reads a rate for visitors and one for sites', () => {
    const rateLimit = (text: string) => readConfig({ env: { MUNTRA_RATE_LIMIT: text } }).rateLimit;
    expect(rateLimit('20, 500')).toEqual({ visitor: 20, site: 500 });
    expect(rateLimit('20')).toEqual({ visitor: 20, site: 0 });
    expect(rateLimit('0')).toEqual({ visitor: 0, site: 0 });
  });

  it('ends the public address with a slash', () => {
    const publicUrl = (url: string) => readConfig({ env: { MUNTRA_PUBLIC_URL: url } }).publicUrl;
    expect(publicUrl('https://Example.com/muntra')).toBe('https://example.com/muntra/');
    expect(publicUrl('https://example.com')).toBe('https://example.com/');
    expect(publicUrl('')).toBe('');
  });

  it('reads origins by site', () => {
    const { siteOrigins } = readConfig({ env: { MUNTRA_SITE_ORIGINS: 'a:x.org, www.x.org|b:y.org' } });
    expect(siteOrigins).toEqual({ a: ['x.org', 'www.x.org'], b: ['y.org'] });
  });

  it('adds up the parts of a duration', () => {
    expect(readConfig({ env: { MUNTRA_FLUSH_INTERVAL: '1h30m5s' } }).flushInterval).toBe(5_405_000);
  });

  it('is what docs/configuration.md says', async () => {
    await expect(configurationPage()).toMatchFileSnapshot(join(import.meta.dirname, '../docs/configuration.md'));
  });
});
