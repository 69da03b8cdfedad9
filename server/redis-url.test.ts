import { expect, test } from 'vitest';
import { parseRedisUrl } from './redis-url.ts';

test('one server', () => {
  expect(parseRedisUrl('redis://localhost')).toEqual({
    nodes: [{ host: 'localhost', port: 6379 }],
    cluster: false,
    tls: false,
    db: 0,
  });
  expect(parseRedisUrl('rediss://muntra:p%40ss%3Aw@[::1]:6380/3')).toEqual({
    nodes: [{ host: '::1', port: 6380 }],
    cluster: false,
    tls: true,
    username: 'muntra',
    password: 'p@ss:w',
    db: 3,
  });
  expect(parseRedisUrl('redis://:secret@redis:6379/0')).toMatchObject({ password: 'secret', db: 0 });
});

test('nodes of a cluster', () => {
  expect(parseRedisUrl('redis-cluster://:secret@a:7000,b.example,[fd00::1]:7002')).toEqual({
    nodes: [
      { host: 'a', port: 7000 },
      { host: 'b.example', port: 6379 },
      { host: 'fd00::1', port: 7002 },
    ],
    cluster: true,
    tls: false,
    password: 'secret',
    db: 0,
  });
  expect(parseRedisUrl('rediss-cluster://a')).toMatchObject({ cluster: true, tls: true });
});

test.each([
  ['localhost:6379', 'is not redis://'],
  ['http://localhost', 'is not redis://'],
  ['redis://', 'is not redis://'],
  ['redis://a,b', 'names several hosts'],
  ['redis://a:70000', 'has a host'],
  ['redis://a b', 'has a host'],
  ['redis://:%zz@a', 'has credentials'],
  ['redis-cluster://a/1', 'names a database'],
])('refuses %s', (url, problem) => {
  expect(() => parseRedisUrl(url)).toThrow(problem);
});
