import { expect, test } from 'vitest';
import { refuseUnfit } from './database-check.ts';

const facts = { version: 160_000, release: '16.0', encoding: 'UTF8' };

test('a PostgreSQL without what the queries need is refused, with the version that has it', () => {
  refuseUnfit(facts);
  expect(() => refuseUnfit({ ...facts, version: 150_018, release: '15.18 (Debian 15.18-0+deb12u1)' })).toThrow(
    expect.objectContaining({
      code: 'store_start',
      message: 'This is PostgreSQL 15.18 (Debian 15.18-0+deb12u1): Muntra needs 16 or newer',
      hint: expect.stringContaining('without that variable'),
    }),
  );
});
