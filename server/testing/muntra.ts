/** The real program: `muntra start` from the built bundle, in a data directory of its own. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, type ClientConfig } from 'pg';
import { readEnvFile } from '../env-file.ts';
import { freePort, type Process, type Processes, until } from './processes.ts';

const LAUNCHER = join(import.meta.dirname, '../../cli/executable/muntra');

/** Counted as in earnest, but a load comes from one machine and shall not be held back. */
const ENVIRONMENT = { MUNTRA_RATE_LIMIT: '1000000,1000000' };

export interface Muntra extends Process {
  readonly port: number;
  readonly dataDir: string;
  /** How its database is reached. */
  readonly database: ClientConfig;
  /** The body of an answer of the API; throws unless its status is 200. */
  api<Answer>(method: string, path: string, body?: unknown): Promise<Answer>;
  /** The bytes of a long answer; throws unless its status is 200. */
  stream(path: string): Promise<AsyncIterable<Uint8Array>>;
  /** Rows of its database, over a connection of their own. */
  rows(sql: string, values: unknown[]): Promise<Record<string, unknown>[]>;
  /** The process of its embedded PostgreSQL. */
  postmaster(): number;
}

export interface MuntraOptions {
  dataDir?: string;
  /** Default: a free one. */
  port?: number;
  /** MUNTRA_* variables beside the directory and the address. */
  env?: Record<string, string>;
  /** The program; default: that of this checkout. */
  launcher?: string;
  /** What it must answer before it counts as started; default `/ready`. */
  answers?: '/ready' | '/health';
}

/** Resolves when it answers 200; throws with the program's output when it ends instead. */
export async function startMuntra(processes: Processes, options: MuntraOptions = {}): Promise<Muntra> {
  const dataDir = options.dataDir ?? processes.dir('data');
  const port = options.port ?? (await freePort());
  const process = processes.start(options.launcher ?? LAUNCHER, ['start'], {
    env: {
      ...ENVIRONMENT,
      ...options.env,
      HOME: dataDir,
      MUNTRA_DATA_DIR: dataDir,
      MUNTRA_HTTP_ADDR: `127.0.0.1:${port}`,
    },
  });
  const url = `http://127.0.0.1:${port}`;
  const ready = async (): Promise<boolean> => {
    if (!process.running) throw new Error('muntra ended');
    return fetch(url + (options.answers ?? '/ready')).then(
      answer => answer.ok,
      () => false,
    );
  };
  await until('the start of muntra', ready).catch(error => {
    throw new Error(`${error}\n${process.output()}`);
  });

  const dsn = options.env?.MUNTRA_POSTGRES_DSN;
  const token = options.env?.MUNTRA_DASHBOARD_TOKEN ?? readEnvFile(join(dataDir, 'muntra.env')).MUNTRA_DASHBOARD_TOKEN;
  const embedded = { host: join(dataDir, 'postgres'), user: 'muntra', database: 'postgres' };
  const database = dsn ? { connectionString: dsn } : embedded;
  async function ask(method: string, path: string, body?: unknown): Promise<Response> {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
    const answer = await fetch(url + path, init);
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  }

  return Object.assign(process, {
    port,
    dataDir,
    database,
    async api<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
      return (await (await ask(method, path, body)).json()) as Answer;
    },
    async stream(path: string) {
      const { body } = await ask('GET', path);
      if (!body) throw new Error(`GET ${path}: no body`);
      return body;
    },
    async rows(sql: string, values: unknown[]) {
      const client = new Client(database);
      await client.connect();
      return client
        .query(sql, values)
        .then(({ rows }) => rows)
        .finally(() => client.end());
    },
    postmaster: () => Number(readFileSync(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0]),
  });
}
