/** The scripts in the shells themselves, as far as this machine has them. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findProgram } from '../../server/testing/system.ts';
import { CATALOG } from '../catalog.ts';
import { call } from '../testing/program.ts';
import { SHELLS, type Shell } from './scripts.ts';

const names = Object.values(CATALOG).flatMap(entries => entries.map(({ name }) => name));

let dir: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'muntra-completion-'));
  for (const shell of SHELLS) {
    const { code, stdout } = await call(['completion', shell], {});
    expect(code).toBe(0);
    writeFileSync(join(dir, shell), stdout);
  }
});
afterAll(() => rmSync(dir, { recursive: true }));

/** How each is made to say what it offers after the words of `$LINE`. */
const ASK: Record<Shell, string> = {
  bash: `source $SCRIPT; COMP_WORDS=($LINE ""); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
    _muntra; printf "%s\\n" "\${COMPREPLY[@]}"`,
  zsh: `compdef() { }; _describe() { for one in \${(P)2}; print -r -- \${one%%:*} }
    source $SCRIPT; words=(\${=LINE} ""); CURRENT=$#words; _muntra`,
  fish: 'source $SCRIPT; complete -C "$LINE "; complete -C "$LINE --"',
};

function offered(shell: Shell, line: string): string[] | undefined {
  const program = findProgram(shell);
  if (program === undefined) return undefined;
  const env = { PATH: process.env.PATH, HOME: dir, LINE: line, SCRIPT: join(dir, shell) };
  const { stdout, stderr } = spawnSync(program, ['-c', ASK[shell]], { env, cwd: dir, encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout.split('\n').flatMap(text => text.split('\t')[0] || []);
}

it.each(SHELLS)('%s offers commands, what belongs to each, and its flags', shell => {
  const top = offered(shell, 'muntra');
  // Everybody has bash.
  if (top === undefined) return expect(shell).not.toBe('bash');
  expect(top).toEqual(expect.arrayContaining(names));
  expect(offered(shell, 'muntra sites')).toEqual(expect.arrayContaining(['add', 'list', 'snippet']));
  expect(offered(shell, 'muntra sites add')).toEqual(expect.arrayContaining(['--origin', '--timezone', '--help']));
  expect(offered(shell, 'muntra sites add mysite --json')).toContain('--origin');
  expect(offered(shell, 'muntra proxy')).toEqual(expect.arrayContaining(['nginx', 'caddy', 'traefik', '--check']));
  expect(offered(shell, 'muntra completion')).toEqual(expect.arrayContaining([...SHELLS]));
});

it('is of no use without a shell', async () => {
  expect((await call(['completion'], {})).code).toBe(2);
  expect((await call(['completion', 'tcsh'], {})).stderr).toBe(
    "Error: Unknown value 'tcsh'\nTry:   one of bash, zsh, fish\n",
  );
});
