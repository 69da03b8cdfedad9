/** Does what was planned, and says each thing that it has done. */
import { install } from '../commands/service.ts';
import { findServer } from '../connection.ts';
import type { Context } from '../context.ts';
import { startContainers } from './compose.ts';
import type { Plan } from './plan.ts';
import type { Setting } from './setting.ts';
import { setUpRunning, setUpStore } from './store.ts';

/** What was done before it throws stays done: run again, init goes on from there. */
export async function carryOut(context: Context, { wishes, files, config }: Plan, setting: Setting): Promise<void> {
  const { world, say } = context;
  const { dataDir, machine, running, log } = setting;
  const tell = (lines: string[]): void => say(lines.map(text => [{ text: `- ${text}` }]));

  // Of the server that runs now, with the settings of before.
  const connection = findServer({ world: { ...world, env: {} }, flags: { color: true, dataDir: dataDir.path } });
  for (const { what, write } of files) {
    write();
    tell([what]);
  }
  if (wishes.storage === 'compose') {
    tell(['start Redis and PostgreSQL by docker compose']);
    await startContainers(dataDir, world.env);
  }
  if (running) {
    tell(await setUpRunning(connection, wishes, world.interrupt));
  } else {
    const patience = 'Setting up the database, a few seconds the first time ...';
    if (world.stderr.isTTY) say([[{ text: patience, style: 'faint' }]]);
    tell(await setUpStore(config, wishes, dataDir, log));
  }
  if (wishes.service) await install(context, machine, files.length > 0);
}
