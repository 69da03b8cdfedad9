import { expect, test } from 'vitest';
import { addressBytes } from './address.ts';

const hex = (ip: string) => addressBytes(ip) && Buffer.from(addressBytes(ip) ?? []).toString('hex');

test.each([
  ['192.0.2.255', 'c00002ff'],
  ['0.0.0.0', '00000000'],
  ['::', '0'.repeat(32)],
  ['::1', `${'0'.repeat(31)}1`],
  ['2001:db8::', `20010db8${'0'.repeat(24)}`],
  ['2001:DB8:1:2:3:4:5:6', '20010db8000100020003000400050006'],
  ['2001:db8::5:6', '20010db8000000000000000000050006'],
  ['::ffff:192.0.2.1', '00000000000000000000ffffc0000201'],
  ['64:ff9b::192.0.2.1', '0064ff9b0000000000000000c0000201'],
  ['fe80::1%eth0', 'fe800000000000000000000000000001'],
])('%s', (ip, bytes) => {
  expect(hex(ip)).toBe(bytes);
});

test.each(['', 'unknown', '192.0.2', '192.0.2.256', '2001:db8:::1', '1:2:3:4:5:6:7:8:9', '192.0.2.1, 192.0.2.2'])(
  '%j is none',
  text => {
    expect(addressBytes(text)).toBeNull();
  },
);
