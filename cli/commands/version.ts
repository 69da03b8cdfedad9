/** `muntra version`: this program and what it is made of. */
import { isSea } from 'node:sea';
import manifest from '../../package.json' with { type: 'json' };
import type { MuntraCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { json } from '../output/json.ts';

export function define(command: MuntraCommand, { world, print }: Context): void {
  command
    .option('--json', 'Print it as JSON')
    .examples([['muntra version --json', 'for machines']])
    .action((flags: { json?: boolean }) => {
      const { version } = manifest;
      const platform = `${process.platform}-${process.arch}`;
      if (flags.json) {
        const facts = { version, platform, packaged: isSea(), node: process.versions.node };
        return void world.stdout.write(json({ ...facts, executable: world.executable }));
      }
      print([[{ text: `muntra ${version} (${platform}, Node ${process.versions.node})` }]]);
    });
}
