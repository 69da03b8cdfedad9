import {
  chownSync,
  lchownSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseEnv, readEnvFile, writeEnvFile } from './env-file.ts';

let temp = '';
let path = '';
beforeEach(() => {
  temp = mkdtempSync(join(tmpdir(), 'muntra-env-'));
  path = join(temp, 'muntra.env');
});
afterEach(() => rmSync(temp, { recursive: true }));

const parse = (text: string) => parseEnv(text, 'muntra.env');

describe('parseEnv', () => {
  test('reads values, quotes, comments and export', () => {
    const text = `# a comment\r
MUNTRA_HTTP_ADDR=127.0.0.1:8090\r
export MUNTRA_POSTGRES_DSN='postgres://m:p$w#d@h/db'

  OTHER = "never"
`.replace('OTHER = ', 'OTHER=');
    expect(parse(text)).toEqual({
      MUNTRA_HTTP_ADDR: '127.0.0.1:8090',
      MUNTRA_POSTGRES_DSN: 'postgres://m:p$w#d@h/db',
      OTHER: 'never',
    });
  });

  test('reads what quoting can hold', () => {
    expect(parse(String.raw`A="say \"hi\" for \$5 in C:\\temp\d"`)).toEqual({
      A: String.raw`say "hi" for $5 in C:\temp\d`,
    });
    expect(parse(String.raw`A='C:\temp\\'`)).toEqual({ A: String.raw`C:\temp\\` });
    expect(parse('A=\nB=x=y\nC=a#b')).toEqual({ A: '', B: 'x=y', C: 'a#b' });
    expect(parse('A=1\nA=2')).toEqual({ A: '2' });
    expect(parse("A= x y \nB=\t'z '\n")).toEqual({ A: 'x y', B: 'z ' });
    // To JavaScript they end a line, to systemd and compose they do not.
    expect(parse('A=\'x\u2028y\'\nB="\\\u2029"')).toEqual({ A: 'x\u2028y', B: '\\\u2029' });
    expect(Object.keys(parse('__proto__=1'))).toEqual(['__proto__']);
  });

  test.each(['secret', '=secret', '1A=secret', 'A =secret', "A='secret", 'A="secret" x', 'A=secret # note', 'A="a\\"'])(
    'refuses %s with its line number and without its text',
    line => {
      const parsing = () => parse(`# first\nA=1\n${line}`);
      expect(parsing).toThrow(
        expect.objectContaining({ code: 'config_invalid', message: 'muntra.env: line 3 is not KEY=value' }),
      );
    },
  );

  test('refuses a comment that goes on in the next line', () => {
    const ends = 'muntra.env: line 2 is a comment that ends in \\, so that systemd takes the next line for one';
    expect(() => parse('A=1\n# note\\\nB=2')).toThrow(
      expect.objectContaining({ code: 'config_invalid', message: ends }),
    );
  });

  // systemd takes \ for itself, compose $, and what is \n in double quotes.
  test.each([
    String.raw`A=se\cret`,
    'A=secret\\',
    'A=se$cret',
    'A=secret$',
    'A="se$cret"',
    'A="se\\\\$cret"',
    String.raw`A="se\ncret"`,
    'A="se\\`cret"',
    "A='secret\\'",
    "A='secret\\\\\\'",
  ])('refuses %s, which systemd and compose read differently', line => {
    const parsing = () => parse(`# first\nA=1\n${line}\nB=2`);
    expect(parsing).toThrow(
      expect.objectContaining({
        code: 'config_invalid',
        message: 'muntra.env: line 3 is one thing to systemd and another to docker compose',
      }),
    );
  });
});

describe('writeEnvFile', () => {
  test('creates a private file', () => {
    writeEnvFile(path, { MUNTRA_DASHBOARD_TOKEN: 'abc', EMPTY: '' });
    expect(readFileSync(path, 'utf8')).toBe('MUNTRA_DASHBOARD_TOKEN=abc\nEMPTY=\n');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(temp)).toEqual(['muntra.env']);
  });

  test('changes the given keys only', () => {
    writeFileSync(path, '# mine\nexport A=1\n\nB="two"\n# end\n', { mode: 0o644 });
    writeEnvFile(path, { A: 'it is', C: '3' });
    expect(readFileSync(path, 'utf8')).toBe('# mine\nexport A=\'it is\'\n\nB="two"\n# end\nC=3\n');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test.each([
    ['C:\\a $b', "'C:\\a $b'"],
    ['ends in \\', '"ends in \\\\"'],
    ["it's `a` $b \\n", '"it\'s `a` \\$b \\\\n"'],
  ])('quotes %s as all read it', (value, written) => {
    writeEnvFile(path, { A: value });
    expect(readFileSync(path, 'utf8')).toBe(`A=${written}\n`);
    expect(readEnvFile(path)).toEqual({ A: value });
  });

  test('writes to where a link leads', () => {
    const target = join(temp, 'etc.env');
    writeFileSync(target, '# mine\n');
    symlinkSync('etc.env', path);
    writeEnvFile(path, { A: '1' });
    expect(readFileSync(target, 'utf8')).toBe('# mine\nA=1\n');
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
  });

  test.runIf(process.getuid?.() === 0)("leaves alone what is root's and another user's link leads to", () => {
    const target = join(temp, 'shadow');
    writeFileSync(target, 'mine\n');
    symlinkSync('shadow', path);
    lchownSync(path, 12345, 12345);
    writeEnvFile(path, { A: '1' });
    expect(readFileSync(target, 'utf8')).toBe('mine\n');
    expect(lstatSync(path).isSymbolicLink()).toBe(false);
  });

  test.runIf(process.getuid?.() === 0)('keeps the owner when root writes', () => {
    chownSync(temp, 12345, 12345);
    writeEnvFile(path, { A: '1' });
    expect(statSync(path).uid).toBe(12345);
  });

  test('what is written is read back', () => {
    const key = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/);
    const value = fc.string({ unit: 'grapheme' }).filter(text => !/[\0\r\n]/.test(text));
    fc.assert(
      fc.property(fc.array(fc.dictionary(key, value, { noNullPrototype: true }), { maxLength: 3 }), changes => {
        rmSync(path, { force: true });
        for (const change of changes) writeEnvFile(path, change);
        expect(readEnvFile(path)).toEqual(Object.assign({}, ...changes));
      }),
      { numRuns: 50 },
    );
  });

  test('refuses a line break in a value', () => {
    expect(() => writeEnvFile(path, { A: 'x\nB=1' })).toThrow(expect.objectContaining({ code: 'config_invalid' }));
    expect(readEnvFile(path)).toEqual({});
  });

  test('a directory that is gone is an error with a hint', () => {
    expect(() => writeEnvFile(join(temp, 'gone/muntra.env'), { A: '1' })).toThrow(
      expect.objectContaining({ code: 'data_dir' }),
    );
  });
});
