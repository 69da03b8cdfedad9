import { describe, expect, test } from 'vitest';
import { clientAddress } from './client-address.ts';

describe('with the usual trust', () => {
  const address = clientAddress(['loopback', 'private']);

  test.each([
    ['no proxy', '203.0.113.7', '', '203.0.113.7'],
    ['a client that claims to be a proxy', '203.0.113.7', '192.0.2.1', '203.0.113.7'],
    ['one proxy', '127.0.0.1', '203.0.113.7', '203.0.113.7'],
    ['one proxy in front of a forger', '127.0.0.1', '192.0.2.1, 203.0.113.7', '203.0.113.7'],
    ['two proxies', '::1', '203.0.113.7, 10.0.0.2', '203.0.113.7'],
    ['two proxies in front of a forger', '10.1.2.3', '192.0.2.1,203.0.113.7 ,  172.16.0.1', '203.0.113.7'],
    ['all of them trusted', '127.0.0.1', '192.168.1.7, 10.0.0.2', '192.168.1.7'],
    ['mapped IPv4', '::ffff:127.0.0.1', '::ffff:203.0.113.7', '203.0.113.7'],
    ['mapped IPv4 without a proxy', '::ffff:203.0.113.7', '', '203.0.113.7'],
    ['IPv6', '::1', '2001:db8::7', '2001:db8::7'],
    ['ports', '127.0.0.1', '203.0.113.7:4711, [fd00::2]:80, 10.0.0.2:81', '203.0.113.7'],
    ['garbage at once', '127.0.0.1', 'unknown', '127.0.0.1'],
    ['garbage behind a proxy', '127.0.0.1', '203.0.113.7, garbage, 10.0.0.2', '10.0.0.2'],
    ['an empty entry', '127.0.0.1', '203.0.113.7,', '127.0.0.1'],
    ['a range', '127.0.0.1', '203.0.113.0/24', '127.0.0.1'],
    ['a closed connection', '', '203.0.113.7', ''],
  ])('%s', (_, remote, forwarded, expected) => {
    expect(address(remote, forwarded)).toBe(expected);
  });

  test('a list without end is not walked to its end', () => {
    expect(address('127.0.0.1', `203.0.113.7${', 10.0.0.2'.repeat(1000)}`)).toBe('10.0.0.2');
  });
});

test('with ranges and addresses', () => {
  const address = clientAddress(['203.0.113.0/24', '192.0.2.1', '2001:db8::/32']);
  expect(address('203.0.113.255', '198.51.100.1')).toBe('198.51.100.1');
  expect(address('192.0.2.1', '198.51.100.1')).toBe('198.51.100.1');
  expect(address('2001:db8::9', '198.51.100.1')).toBe('198.51.100.1');
  expect(address('192.0.2.2', '198.51.100.1')).toBe('192.0.2.2');
  expect(address('127.0.0.1', '198.51.100.1')).toBe('127.0.0.1');
});

test('without any trust', () => {
  expect(clientAddress([])('127.0.0.1', '198.51.100.1')).toBe('127.0.0.1');
});

test.each([
  'proxy.example',
  '10.0.0.0/33',
  '::1/129',
  '10.0.0.0/',
  '10.0.0.0/8/8',
  '10.0.0/8',
  'Loopback',
  'constructor',
])('refuses %s', entry => {
  expect(() => clientAddress([entry])).toThrow(expect.objectContaining({ code: 'config_invalid' }));
});
