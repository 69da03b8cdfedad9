/** The real program: `muntra start` from the built bundle, in a data directory of its own. */
import { join } from 'node:path';
import { readEnvFile } from '../env-file.ts';
import { freePort, type Process, type Processes, until } from './processes.ts';

const LAUNCHER = join(import.meta.dirname, '../../cli/executable/muntra');

export interface Muntra extends Process {
  readonly port: number;
  readonly dataDir: string;
  /** The body of an answer of the API; throws unless its status is 200. */
  api<Answer>(method: string, path: string, body?: unknown): Promise<Answer>;
}

export interface MuntraOptions {
  dataDir?: string;
  /** Default: a free one. */
  port?: number;
  /** MUNTRA_* variables beside the directory and the address. */
  env?: Record<string, string>;
}

/** Resolves when `/ready` says 200; throws with the program's output when it ends instead. */
export async function startMuntra(processes: Processes, options: MuntraOptions = {}): Promise<Muntra> {
  const dataDir = options.dataDir ?? processes.dir('data');
  const port = options.port ?? (await freePort());
  const process = processes.start(LAUNCHER, ['start'], {
    env: { ...options.env, HOME: dataDir, MUNTRA_DATA_DIR: dataDir, MUNTRA_HTTP_ADDR: `127.0.0.1:${port}` },
  });
  const url = `http://127.0.0.1:${port}`;
  const ready = async (): Promise<boolean> => {
    if (!process.running) throw new Error(`muntra ended\n${process.output()}`);
    return fetch(`${url}/ready`).then(
      answer => answer.ok,
      () => false,
    );
  };
  await until('the start of muntra', ready).catch(error => {
    throw new Error(`${error}\n${process.output()}`);
  });

  const token = options.env?.MUNTRA_DASHBOARD_TOKEN ?? readEnvFile(join(dataDir, 'muntra.env')).MUNTRA_DASHBOARD_TOKEN;
  return Object.assign(process, {
    port,
    dataDir,
    async api<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
      const answer = await fetch(url + path, init);
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
      return (await answer.json()) as Answer;
    },
  });
}
