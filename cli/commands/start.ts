/** `muntra start`: the server in the foreground. Its first start writes `muntra.env`; Ctrl-C stops everything it started. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../../server/config.ts';
import { becomeOwner, type DataDir } from '../../server/data-dir.ts';
import { createLogger, type Logger } from '../../server/log.ts';
import type { RunningServer } from '../../server/main.ts';
import { unpack } from '../../server/unpack.ts';
import type { MuntraCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { openPlace, readSettings } from '../data-place.ts';
import { writeFirstSettings } from '../first-settings.ts';
import type { Line } from '../output/line.ts';

/** A stop that takes longer is given up: PostgreSQL recovers at the next start, and the spool is on disk. */
const STOP_LIMIT = 4_500;

/**
 * For malloc, which reads them when a process begins: one arena instead of one for each thread, and what V8's compiler needed
 * goes back to the system. A loaded server takes 8 MB less.
 */
const MALLOC = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '65536', MALLOC_MMAP_THRESHOLD_: '65536' };

export function define(command: MuntraCommand, context: Context): void {
  command
    .examples([
      ['muntra start', 'with everything in the data directory'],
      ['muntra start --data-dir ./data', 'with another data directory'],
      ['MUNTRA_HTTP_ADDR=:9000 muntra start', 'on another port, on every interface'],
    ])
    .action(() => start(context));
}

async function start(context: Context): Promise<void> {
  const { world, say } = context;
  const dataDir = openPlace(context);
  const first = writeFirstSettings(dataDir, world.env);
  const config = readSettings(context);
  const log = createLogger(config.logLevel, world.stdout);
  if (first && world.stderr.isTTY) say([[{ text: 'Setting up, a few seconds the first time ...', style: 'faint' }]]);
  becomeOwner(dataDir);
  if (world.env.MALLOC_ARENA_MAX === undefined) {
    await unpack(config, dataDir.path);
    // For its owner another directory would be customary.
    world.restart({ ...MALLOC, MUNTRA_DATA_DIR: dataDir.path });
  }
  // Not sooner: what is loaded before the restart is loaded twice.
  const { startServer } = await import('../../server/main.ts');
  const server = await startServer(config, { dataDir, log });
  say(welcome(server, dataDir, config));
  if (!world.interrupt.aborted) await once(world.interrupt, 'abort');
  await stop(server, log);
}

/** Within five seconds, whatever hangs. */
export async function stop(server: RunningServer, log: Logger): Promise<void> {
  const stopped = await Promise.race([server.close().then(() => true), sleep(STOP_LIMIT, false, { ref: false })]);
  if (!stopped) log.warn('stopping took too long and was cut short; nothing that was acknowledged is lost');
}

function welcome(server: RunningServer, dataDir: DataDir, { httpAddr }: Config): Line[] {
  const row = (name: string, value: string): Line => [
    { text: `  ${name.padEnd(10)}`, style: 'faint' },
    { text: value },
  ];
  const everywhere = ['', '0.0.0.0', '::'].includes(httpAddr.host);
  const others = `at every other address of this machine too; at this one alone: MUNTRA_HTTP_ADDR=127.0.0.1:${httpAddr.port}`;
  return [
    [],
    [{ text: 'Muntra is running', style: 'strong' }],
    row('listens', server.url),
    ...(everywhere ? [row('', others)] : []),
    row('data', dataDir.path),
    row('settings', dataDir.envFile),
    [],
    server.sites === 0
      ? row('next', 'muntra sites add mysite --origin example.com   (in another terminal)')
      : row('next', 'muntra stats   (in another terminal)'),
    row('stop', 'Ctrl-C'),
    [],
  ];
}
