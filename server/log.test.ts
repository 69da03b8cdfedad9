import { expect, test } from 'vitest';
import { createLogger } from './log.ts';

const HOSTILE = '\x1b[2J\x07\r\n{"level":"fatal"}\x7f\x9b31m\u2028\u202e\u2066';

function logged(isTTY: boolean): string {
  const lines: string[] = [];
  createLogger('info', { isTTY, write: line => lines.push(line) }).warn({ reason: HOSTILE }, HOSTILE);
  return lines.join('');
}

test('a line holds nothing that a terminal would obey, and is still JSON', () => {
  const line = logged(false);
  expect(line).toMatch(/^[\x20-\x7e]+\n$/);
  expect(JSON.parse(line)).toMatchObject({ level: 'warn', msg: HOSTILE, reason: HOSTILE });
});

test('nor does a line for a terminal', () => {
  expect(logged(true)).toMatch(/^\d\d:\d\d:\d\d warn {2}\\u001b\[2J[\x20-\x7e]+\n$/);
});
