/** Commander with our manners: a mistake in a line is a MuntraError that names the command whose help explains it. */
import { styleText } from 'node:util';
import { Command } from 'commander';
import { MuntraError } from '../server/errors.ts';

/** What commander says of a value that is none of those that an option or an argument may have. */
const CHOICES = /^(?:command-argument value|(option '.*') argument) '(.*)' is invalid.* Allowed choices are (.*)\.$/s;

export class MuntraCommand extends Command {
  override createCommand(name?: string): MuntraCommand {
    return new MuntraCommand(name).helpCommand(false);
  }

  /** Commander calls this for every mistake; its message may end with `(Did you mean x?)`. */
  override error(message: string): never {
    const [problem = '', guess = ''] = message.replace(/^error: /, '').split('\n');
    const [, option, value, choices] = CHOICES.exec(problem) ?? [];
    if (choices !== undefined) {
      throw new MuntraError('usage', `unknown value '${value}'${option ? ` of ${option}` : ''}`, `one of ${choices}`);
    }
    const meant = /\(Did you mean (?:one of )?(.+)\?\)/.exec(guess)?.[1];
    const hint = meant === undefined ? `${this.path} --help` : this.suggest(meant.split(', '));
    throw new MuntraError('usage', problem, hint);
  }

  /** `muntra sites add` */
  get path(): string {
    return this.parent instanceof MuntraCommand ? `${this.parent.path} ${this.name()}` : this.name();
  }

  /** Ends the help with `lines` of [command line, what it is for]. */
  examples(lines: [line: string, what: string][]): this {
    const width = Math.max(...lines.map(([line]) => line.length));
    const shown = lines.map(([line, what]) => `  ${line.padEnd(width)}  ${what}`);
    return this.addHelpText(
      'after',
      ['', styleText('bold', 'Examples:', { validateStream: false }), ...shown].join('\n'),
    );
  }

  private suggest(names: string[]): string {
    return names.map(name => (name.startsWith('-') ? name : `${this.path} ${name}`)).join(', ');
  }
}

/** Collects the values of an option that may be given more than once. */
export const repeatable = (value: string, before: string[] = []): string[] => [...before, value];
