/** The executable: hands the process over to `run`. The only file that touches `process` for the command line. */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { isSea } from 'node:sea';
import { isatty } from 'node:tty';
import { run } from './run.ts';
import { Interrupted } from './world.ts';

/** Milliseconds. A Ctrl-C that comes twice within this is one: npm passes on what the terminal has sent to all by itself. */
const ONE_CTRL_C = 1000;

const interrupt = new AbortController();
let interrupted = Number.POSITIVE_INFINITY;
const hasTerminal = isatty(0) || isatty(2);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    // The terminal was closed. Who has none is meant to go on: nohup has it ignored, which Node undoes when it begins.
    if (signal === 'SIGHUP' && !hasTerminal) return;
    const reason = new Interrupted(signal);
    // A second one ends a command that does not listen.
    if (performance.now() - interrupted > ONE_CTRL_C) process.exit(reason.exitCode);
    interrupted = Math.min(interrupted, performance.now());
    interrupt.abort(reason);
  });

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // The reader has seen enough (`muntra stats | head`).
    if (error.code === 'EPIPE') process.exit(0);
    // Without stderr there is nobody to tell. Data that nobody gets is no reason to go on.
    if (stream === process.stdout) interrupt.abort(error);
  });
}

// No top-level await: the packaged executable holds this as CommonJS.
void run({
  argv: process.argv.slice(2),
  // In a checkout the launcher, beside which the bundle lies.
  executable: isSea() ? process.execPath : join(process.argv[1] ?? '', '../../cli/executable/muntra'),
  env: process.env,
  get cwd() {
    return process.cwd();
  },
  uid: process.getuid?.(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  now: Date.now,
  interrupt: interrupt.signal,
  aroundStop,
  setEnv: env => void Object.assign(process.env, env),
  restart,
}).then(code => {
  // By itself Node would first stop listening to signals, and the second Ctrl-C of two would kill it in its last moments.
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
});

function aroundStop(pause: () => void, goOn: () => void): () => void {
  const stop = (): void => {
    pause();
    // Who listens to Ctrl-Z is not stopped by it.
    process.kill(process.pid, 'SIGSTOP');
  };
  process.on('SIGTSTP', stop).on('SIGCONT', goOn);
  return () => void process.off('SIGTSTP', stop).off('SIGCONT', goOn);
}

/** Does nothing for a user, as this process may have become, who cannot run the program: execve would end it. */
function restart(env: Record<string, string>): void {
  const script = isSea() ? [] : process.argv.slice(1, 2);
  try {
    accessSync(process.execPath, constants.X_OK);
    for (const path of script) accessSync(path, constants.R_OK);
  } catch {
    return;
  }
  const args = [process.execPath, ...(isSea() ? [] : process.execArgv), ...script, ...process.argv.slice(2)];
  if (process.platform === 'linux') process.execve?.(process.execPath, args, { ...process.env, ...env });
}
