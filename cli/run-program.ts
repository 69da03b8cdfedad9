/** Programs of the system, run for what they print. */
import { execFile } from 'node:child_process';
import { MuntraError, systemCode } from '../server/errors.ts';
import type { World } from './world.ts';

/** Where root's programs are; a plain shell may not look there. */
const PLACES = '/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin';

/** What it printed. Throws MuntraError `program_failed` with what it complained about, or that it is not installed. */
export function runProgram(program: string, args: string[], env: World['env']): Promise<string> {
  const options = { env: { ...env, PATH: `${env.PATH ?? ''}:${PLACES}`, LC_ALL: 'C' } };
  return new Promise((resolve, reject) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const missing = systemCode(error) === 'ENOENT';
      const problem = missing ? 'it is not installed' : lastLine(stderr) || `exit code ${error.code}`;
      const line = `${program} ${args.join(' ')}`;
      const hint = missing ? `install ${program}` : `run it by hand to see more: ${line}`;
      reject(new MuntraError('program_failed', `${line} failed: ${problem}`, hint, { cause: error }));
    });
  });
}

/** That is where programs say what stopped them. */
const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';
