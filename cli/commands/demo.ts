/** `muntra demo`: a throw-away server with a sample site, a month of history fed through the import, and its report. */
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../server/config.ts';
import { type DataDir, openDataDir } from '../../server/data-dir.ts';
import { readEnvFile, writeEnvFile } from '../../server/env-file.ts';
import { MuntraError } from '../../server/errors.ts';
import { createLogger, type Logger } from '../../server/log.ts';
import { type RunningServer, startServer } from '../../server/main.ts';
import { asTyped } from '../as-typed.ts';
import type { MuntraCommand } from '../command.ts';
import { connect } from '../connection.ts';
import type { Context } from '../context.ts';
import { DEMO_HOST, DEMO_SITE, demoHistory } from '../demo/history.ts';
import { demoPage } from '../demo/page.ts';
import { writeFirstSettings } from '../first-settings.ts';
import { importEvents } from '../import-events.ts';
import type { Line } from '../output/line.ts';
import { run } from '../run.ts';
import { stop } from './start.ts';

export function define(command: MuntraCommand, context: Context): void {
  command
    .description('Runs a server on a throw-away directory, with a sample site and a month of its history.')
    .examples([['muntra demo', 'until Ctrl-C, then everything is removed']])
    .action(() => demo(context));
}

async function demo(context: Context): Promise<void> {
  const path = mkdtempSync(join(tmpdir(), 'muntra-demo-'));
  // PostgreSQL, which is not root, must pass through.
  if (context.world.uid === 0) chmodSync(path, 0o711);
  try {
    await serveDemo(apart(context, path), openDataDir(path, context.world));
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}

/**
 * The same but for every word about a server of the user's, in flags or in the environment: a month of invented history must
 * not be sent there.
 */
function apart(context: Context, dataDir: string): Context {
  const { world, flags } = context;
  const kept = Object.entries(world.env).filter(([name]) => !name.startsWith('MUNTRA_') || name === 'MUNTRA_COMMAND');
  return { ...context, world: { ...world, env: Object.fromEntries(kept) }, flags: { color: flags.color, dataDir } };
}

async function serveDemo(context: Context, dataDir: DataDir): Promise<void> {
  const { world, say } = context;
  say([[{ text: 'Setting up a server to play with ...', style: 'faint' }]]);
  writeFirstSettings(dataDir, {});
  const log = createLogger('warn', world.stdout);
  const commands = [lookAt('live', dataDir), `${lookAt('stats', dataDir)} --period today`];
  const page = demoPage(commands.map(line => asTyped(line, world)));
  const server = await startSomewhere(dataDir, page, log);
  writeEnvFile(dataDir.envFile, { MUNTRA_HTTP_ADDR: new URL(server.url).host });
  try {
    const client = await connect(context);
    await client.addSite({ id: DEMO_SITE, origins: [DEMO_HOST, '127.0.0.1', 'localhost'] });
    await importEvents(client, 'demo', demoHistory(world.now()));
    await run({ ...world, argv: ['stats', DEMO_SITE, '--data-dir', dataDir.path] });
    say(next(server, dataDir));
    if (!world.interrupt.aborted) await once(world.interrupt, 'abort');
  } finally {
    await stop(server, log);
  }
}

/** At the usual address, or at any port where something listens there already. */
async function startSomewhere(dataDir: DataDir, page: string, log: Logger): Promise<RunningServer> {
  const file = readEnvFile(dataDir.envFile);
  const pages = [{ path: '/demo', type: 'text/html; charset=utf-8', body: page }];
  const options = { dataDir, log, pages };
  try {
    return await startServer(readConfig({ file }), options);
  } catch (error) {
    if (!(error instanceof MuntraError) || error.code !== 'address_in_use') throw error;
    return startServer(readConfig({ file, flags: { MUNTRA_HTTP_ADDR: '127.0.0.1:0' } }), options);
  }
}

/** A command line about the sample site. */
const lookAt = (command: string, { path }: DataDir): string => `muntra ${command} ${DEMO_SITE} --data-dir ${path}`;

function next(server: RunningServer, dataDir: DataDir): Line[] {
  const row = (name: string, value: string): Line => [
    { text: `  ${name.padEnd(10)}`, style: 'faint' },
    { text: value },
  ];
  return [
    [],
    row('visit', `${server.url}/demo   (it counts you)`),
    row('watch', lookAt('live', dataDir)),
    row('stop', 'Ctrl-C; everything of the demo is removed'),
    [],
  ];
}
