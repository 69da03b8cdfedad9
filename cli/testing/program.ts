/** The command line in tests: in this process with a world of its own, or the built program, in a terminal if need be. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { PassThrough, type Readable, Writable } from 'node:stream';
import { run } from '../run.ts';
import type { Screen, World } from '../world.ts';

const LAUNCHER = join(import.meta.dirname, '../executable/muntra');

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a command line in this process; `given` replaces parts of its world. */
export async function call(argv: string[], env: World['env'], given: Partial<World> = {}): Promise<Ended> {
  const [stdout, stderr] = [capture(), capture()];
  const code = await run({
    argv,
    executable: LAUNCHER,
    env,
    cwd: '/',
    uid: process.getuid?.(),
    stdin: new PassThrough(),
    stdout: stdout.stream,
    stderr: stderr.stream,
    now: Date.now,
    interrupt: new AbortController().signal,
    aroundStop: () => () => {},
    setEnv: () => {},
    restart: () => {},
    ...given,
  });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

function capture(): { stream: Screen; text(): string } {
  const chunks: string[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string, _, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, text: () => chunks.join('') };
}

/** Runs a line of sh in which `muntra` is the built program. */
export async function shell(line: string, env: Record<string, string>): Promise<Ended> {
  const child = spawn('sh', ['-c', `muntra() { "${LAUNCHER}" "$@"; }\n${line}`], {
    env: environment(env),
    stdio: 'pipe',
  });
  const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)];
  const [code] = await once(child, 'close');
  return { code, stdout: stdout(), stderr: stderr() };
}

/** The built program in a terminal of 80 x 40. */
export interface Terminal {
  /** Everything that it wrote so far. */
  output(): string;
  type(keys: string): void;
  exited: Promise<number | null>;
  /** After Ctrl-Z. */
  goOn(): void;
  kill(): void;
}

export function inTerminal(args: string[], env: Record<string, string>): Terminal {
  const line = `stty cols 80 rows 40; exec ${[LAUNCHER, ...args].map(word => `'${word}'`).join(' ')}`;
  // A terminal that echoes and turns Ctrl-C into a signal, from util-linux.
  const child = spawn('script', ['-qefc', line, '/dev/null'], { env: environment(env), stdio: 'pipe' });
  return {
    output: textOf(child.stdout),
    type: keys => void child.stdin.write(keys),
    exited: once(child, 'close').then(([code]) => code),
    goOn: () => void child.kill('SIGCONT'),
    kill: () => void child.kill('SIGKILL'),
  };
}

function textOf(stream: Readable): () => string {
  const chunks: string[] = [];
  stream.setEncoding('utf8').on('data', chunk => chunks.push(chunk));
  return () => chunks.join('');
}

const environment = (env: Record<string, string>): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  TERM: 'xterm-256color',
  LANG: 'C.UTF-8',
  ...env,
});
