/** `muntra restore`: a backup in the place of what the store holds. No server may run on it. */
import { restore } from '../../server/backup/restore.ts';
import { Scanner } from '../../server/backup/scan.ts';
import { becomeOwner } from '../../server/data-dir.ts';
import { lockDataDir } from '../../server/data-lock.ts';
import { createLogger } from '../../server/log.ts';
import { withStore } from '../../server/store/provider.ts';
import type { MuntraCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { openPlace, readSettings } from '../data-place.ts';
import { openBackup } from '../file/backup.ts';
import { counted, date } from '../output/format.ts';
import { json } from '../output/json.ts';
import { openProgress } from '../output/progress.ts';

interface Flags {
  force?: boolean;
  json?: boolean;
}

export function define(command: MuntraCommand, context: Context): void {
  command
    .argument('<file>', 'What muntra backup has written; - for stdin')
    .option('--force', 'Replace all that is there')
    .option('--json', 'Print the outcome as JSON')
    .examples([
      ['muntra restore muntra.backup', 'into the data directory or database of this machine'],
      ['muntra restore muntra.backup --data-dir /srv/muntra', 'into another data directory'],
    ])
    .action((file: string, flags: Flags) => restoreFile(file, flags, context));
}

async function restoreFile(file: string, flags: Flags, context: Context): Promise<void> {
  const { world, print } = context;
  const progress = openProgress(context);
  const pieces = openBackup(file, world, share => progress.show('restored', share));
  const dataDir = openPlace(context);
  const config = readSettings(context);
  const log = createLogger('error', world.stderr);
  try {
    const backup = await Scanner.open(pieces);
    // Not sooner: the backup may be for root alone to open.
    becomeOwner(dataDir);
    const lock = lockDataDir(dataDir.path);
    const blocks = await withStore(config, dataDir.path, log, async (store, migrateIt) => {
      await migrateIt();
      return restore(store, backup, flags.force ?? false);
    }).finally(() => lock.release());
    const { header } = backup;
    progress.end();
    const events = blocks.reduce((sum, { head, sum: { rows } }) => sum + (head.month ? rows : 0), 0);
    if (flags.json) return void world.stdout.write(json({ ...header, events }));
    const origin = `made ${date(header.made, 'UTC')} by muntra ${header.version}`;
    print([[{ text: `Restored ${counted(events, 'event')}, ${origin}.` }]]);
  } finally {
    progress.end();
  }
}
