/** `muntra healthcheck`: exit code 0 when the server of this machine is ready, else 1, as Docker wants it. */
import type { ReadyAnswer } from '../../server/contract/system.ts';
import { MuntraError } from '../../server/errors.ts';
import type { MuntraCommand } from '../command.ts';
import { findServer } from '../connection.ts';
import type { Context } from '../context.ts';

/** Milliseconds; docker-compose.yml gives the command five seconds. */
const PATIENCE = 3_000;

export function define(command: MuntraCommand, context: Context): void {
  command
    .examples([
      ['muntra healthcheck', 'ask the server of this machine'],
      ['muntra healthcheck && echo ready', 'in a script: the exit code is 0 or 1'],
    ])
    .action(async () => {
      const url = whereToAsk(context);
      const away = await whatIsAway(url);
      if (away) throw new MuntraError('unhealthy', `${url} is not ready: ${away}`, 'see the log of the server');
      context.print([[{ text: `${url} is ready` }]]);
    });
}

/** Settings that cannot be read are a server that cannot be asked. */
function whereToAsk(context: Context): string {
  try {
    return findServer(context).url;
  } catch (error) {
    if (!(error instanceof MuntraError) || error.code === 'usage') throw error;
    throw new MuntraError('unhealthy', error.message, error.hint, { cause: error });
  }
}

/** What keeps the server from being ready; undefined: nothing. */
export async function whatIsAway(url: string): Promise<string | undefined> {
  try {
    const answer = await fetch(`${url}/ready`, { signal: AbortSignal.timeout(PATIENCE) });
    if (answer.ok) return undefined;
    const { store, buffer } = (await answer.json()) as Partial<ReadyAnswer>;
    if (store === false) return 'the database is away';
    return buffer === false ? 'the buffer is away' : 'it is starting';
  } catch {
    return 'it does not answer';
  }
}
