/** A real process that appends numbered payloads to a buffer as fast as it can, to be killed; it tells what became of each. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Writer {
  readonly pid: number;
  /** The numbers, eight digits, of which it said so: `kept`, or the code of the error. */
  told(what: string): string[];
  kill(): Promise<void>;
}

export interface WriterOptions {
  /** Module with the function `open`. */
  module: URL;
  open: string;
  /** Given to `open`, with a silent `log`. */
  options: Record<string, unknown>;
  first?: number;
  /** Largest file that it may write, as `ulimit -f` takes it. */
  limit?: string;
}

/** The numbers at the start of payloads, or of lines. */
export const numbers = (texts: string[]): string[] => texts.map(text => text.slice(0, 8));

const SCRIPT = `
  import { writeSync } from 'node:fs';
  const [module, open, options, first] = process.argv.slice(1);
  const log = { info() {}, warn() {}, error() {} };
  const opened = await (await import(module))[open]({ ...JSON.parse(options), log });
  const buffer = opened.intake ?? opened;
  for (let next = Number(first); ; ) {
    const batch = Array.from({ length: 1 + (next % 50) }, () => String(next++).padStart(8, '0') + ' '.repeat(next % 3000));
    const results = await Promise.allSettled(batch.map(payload => buffer.append(payload)));
    const line = ({ reason }, index) => batch[index].slice(0, 8) + ' ' + (reason?.code ?? 'kept') + '\\n';
    writeSync(1, results.map(line).join(''));
  }
`;

export function startWriter({ module, open, options, first = 0, limit = 'unlimited' }: WriterOptions): Writer {
  const limited = ['-c', `ulimit -S -f ${limit}; exec "$@"`, 'sh'];
  const script = [process.execPath, '--input-type=module', '-e', SCRIPT, '--'];
  const given = [module.href, open, JSON.stringify(options), String(first)];
  const child: ChildProcess = spawn('sh', [...limited, ...script, ...given], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  return {
    pid: child.pid ?? 0,
    told: what => numbers(output.split('\n').filter(line => line.endsWith(` ${what}`))),
    async kill() {
      child.kill('SIGKILL');
      await once(child, 'close');
    },
  };
}
