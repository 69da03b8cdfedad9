/** What may be typed where: the tree of commands with all its modules loaded, as plain facts for the scripts. */
import { CATALOG } from '../catalog.ts';
import type { MuntraCommand } from '../command.ts';
import type { Context } from '../context.ts';

export interface Word {
  text: string;
  /** What it is, one line. */
  what: string;
}

export interface Place {
  /** `sites add`; '' at the top. */
  path: string;
  /** Subcommands, choices of an argument and flags. */
  words: Word[];
}

/** `program`: as it was made for a command line, of which only one command is defined, the `present` one. */
export async function readTree(program: MuntraCommand, present: MuntraCommand, context: Context): Promise<Place[]> {
  const entries = Object.values(CATALOG).flat();
  for (const command of program.commands as MuntraCommand[]) {
    const entry = command === present ? undefined : entries.find(({ name }) => name === command.name());
    (await entry?.load())?.define(command, context);
  }
  return places(program, '');
}

function places(command: MuntraCommand, path: string): Place[] {
  const below = command.commands as MuntraCommand[];
  const choices = command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices);
  const words = [
    ...below.map(sub => ({ text: sub.name(), what: sub.description() })),
    ...choices.map(text => ({ text, what: '' })),
    ...command.options.flatMap(({ long, description }) => (long ? [{ text: long, what: description }] : [])),
    ...(path === '' ? [] : [{ text: '--help', what: 'Print the help of this command' }]),
  ];
  return [{ path, words }, ...below.flatMap(sub => places(sub, `${path} ${sub.name()}`.trim()))];
}
