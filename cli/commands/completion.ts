/** `muntra completion`: what a shell needs to complete command lines, made from the commands as they are. */
import { Argument } from 'commander';
import { MuntraCommand } from '../command.ts';
import { completionScript, SHELLS, type Shell } from '../completion/scripts.ts';
import { readTree } from '../completion/tree.ts';
import type { Context } from '../context.ts';

export function define(command: MuntraCommand, context: Context): void {
  command
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .examples([
      ['source <(muntra completion bash)', 'in ~/.bashrc'],
      ['source <(muntra completion zsh)', 'in ~/.zshrc, after compinit'],
      ['muntra completion fish | source', 'in ~/.config/fish/config.fish'],
    ])
    .action(async (shell: Shell) => {
      if (!(command.parent instanceof MuntraCommand)) return;
      const tree = await readTree(command.parent, command, context);
      context.world.stdout.write(completionScript(shell, tree));
    });
}
