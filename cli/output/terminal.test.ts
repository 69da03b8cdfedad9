import { describe, expect, it } from 'vitest';
import { terminalOf } from './terminal.ts';

const tty = { isTTY: true, columns: 100 };
const pipe = {};

describe('terminalOf', () => {
  it('takes the width of the terminal, else of COLUMNS, else 80, within limits', () => {
    expect(terminalOf(tty, {}, true).columns).toBe(100);
    expect(terminalOf(pipe, { COLUMNS: '60' }, true).columns).toBe(60);
    expect(terminalOf(pipe, {}, true).columns).toBe(80);
    expect(terminalOf({ columns: 300 }, {}, true).columns).toBe(120);
    expect(terminalOf({ columns: 10 }, {}, true).columns).toBe(40);
  });

  it.each([
    ['a terminal', tty, {}, true, true],
    ['a pipe', pipe, {}, true, false],
    ['NO_COLOR', tty, { NO_COLOR: '1' }, true, false],
    ['an empty NO_COLOR', tty, { NO_COLOR: '' }, true, true],
    ['FORCE_COLOR in a pipe', pipe, { FORCE_COLOR: '1' }, true, true],
    ['FORCE_COLOR=0', tty, { FORCE_COLOR: '0' }, true, false],
    ['a dumb terminal', tty, { TERM: 'dumb' }, true, false],
    ['--no-color, whatever the environment', tty, { FORCE_COLOR: '1' }, false, false],
  ])('decides on colour for %s', (_, stream, env, flag, color) => {
    expect(terminalOf(stream, env, flag).color).toBe(color);
  });

  it.each([
    [{}, true],
    [{ LANG: 'sv_SE.UTF-8' }, true],
    [{ LANG: 'C.utf8' }, true],
    [{ LANG: 'C' }, false],
    [{ LANG: 'en_US.UTF-8', LC_ALL: 'POSIX' }, false],
    [{ LANG: 'en_US.UTF-8', LC_CTYPE: 'en_US.ISO-8859-1' }, false],
  ])('reads the locale of %j', (env, unicode) => {
    expect(terminalOf(pipe, env, true).unicode).toBe(unicode);
  });
});
