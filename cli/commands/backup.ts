/** `muntra backup`: all that the store holds into one file, while the server runs; and whether such a file is good. */
import { tmpdir } from 'node:os';
import { MuntraError } from '../../server/errors.ts';
import { createLogger } from '../../server/log.ts';
import type { MuntraCommand } from '../command.ts';
import { connect } from '../connection.ts';
import type { Context } from '../context.ts';
import { openBackup } from '../file/backup.ts';
import { save } from '../file/save.ts';
import { bytes, count, counted, date } from '../output/format.ts';
import { json } from '../output/json.ts';
import { openProgress } from '../output/progress.ts';
import { type Column, table } from '../output/table.ts';

interface Flags {
  json?: boolean;
}

export function define(command: MuntraCommand, context: Context): void {
  command
    .argument('[file]', 'Where it goes; - for stdout (default: muntra-<time>.backup)')
    .option('--json', 'Print the outcome as JSON')
    .examples([
      ['muntra backup', 'into a file named after the time'],
      ['muntra backup - | ssh nas "cat > muntra.backup"', 'to another machine'],
      ['muntra backup --server https://example.com/muntra', 'from another machine'],
      ['muntra backup verify muntra.backup', 'try it out'],
    ])
    .action((file: string | undefined, flags: Flags) => backUp(file, flags, context));
  command
    .command('verify')
    .description('Restore a backup into a scratch database, and compare')
    .argument('<file>', 'What muntra backup has written; - for stdin')
    .option('--json', 'Print what it holds as JSON')
    .examples([
      ['muntra backup verify muntra.backup', 'exit code 0: it can be restored'],
      ['TMPDIR=/mnt muntra backup verify muntra.backup', 'where there is room for the scratch database'],
    ])
    // A flag that both commands have is the other's.
    .action((file: string, _: Flags, own: MuntraCommand) => verifyBackup(file, own.optsWithGlobals(), context));
}

async function backUp(given: string | undefined, flags: Flags, context: Context): Promise<void> {
  const { world } = context;
  const started = world.now();
  const file = given ?? `muntra-${new Date(started).toISOString().slice(0, 19).replaceAll(':', '')}Z.backup`;
  if (file === '-' && world.stdout.isTTY) {
    throw new MuntraError('usage', 'A backup is nothing for a terminal', 'muntra backup muntra.backup');
  }
  const client = await connect(context);
  const progress = openProgress(context);
  let size = 0;
  async function* tallied(): AsyncGenerator<Uint8Array> {
    for await (const piece of client.download('POST', 'backup')) {
      size += piece.length;
      progress.show(bytes(size));
      yield piece;
    }
  }
  await save(tallied(), file, world).finally(() => progress.end());
  const seconds = (world.now() - started) / 1000;
  if (flags.json && file !== '-') return void world.stdout.write(json({ file, bytes: size, seconds }));
  context.say([[{ text: `Backed up to ${file}: ${bytes(size)} in ${seconds.toFixed(1)} s.` }]]);
}

const right = (title: string): Column => ({ title, align: 'right' });

async function verifyBackup(file: string, flags: Flags, context: Context): Promise<void> {
  const { world, print, terminal } = context;
  const progress = openProgress(context);
  const source = openBackup(file, world, share => progress.show('restored', share));
  const { verify } = await import('../../server/backup/verify.ts');
  const log = createLogger('error', world.stderr);
  const { header, sites, tables } = await verify(source, tmpdir(), log, world.interrupt).finally(() => progress.end());
  if (flags.json) return void world.stdout.write(json({ ...header, tables, sites }));
  const rows = tables.reduce((sum, { rows }) => sum + rows, 0);
  const text = `Good: made ${date(header.made, 'UTC')} by muntra ${header.version}, ${counted(rows, 'row')} in ${counted(tables.length, 'table')}.`;
  print([
    [{ text }],
    [],
    ...table(
      [
        { title: 'Site', flexible: true },
        ...['Events', 'Pageviews'].map(right),
        { ...right('Days'), leaves: 1 },
        { title: 'First' },
        { title: 'Last' },
      ],
      sites.map(({ site, events, pageviews, days, first, last }) => [
        site,
        ...[events, pageviews, days].map(count),
        first,
        last,
      ]),
      terminal,
    ),
  ]);
}
