/** Commands in texts for people, `muntra stats`, as they are typed here: in a checkout as `npx muntra stats`. */
import { CATALOG } from './catalog.ts';
import type { World } from './world.ts';

const NAMES = Object.values(CATALOG).flatMap(entries => entries.map(({ name }) => name));

/** Not the end of a path, and not the program by its name: a command or a flag follows. */
const COMMAND = new RegExp(`(?<![\\w/.-])(?:npx )?muntra (?=-|(?:${NAMES.join('|')})\\b)`, 'g');

/** Root by sudo, whose next command is that user's again. */
export const bySudo = ({ uid, env }: Pick<World, 'uid' | 'env'>): boolean => uid === 0 && Boolean(env.SUDO_USER);

export function asTyped(text: string, { env }: Pick<World, 'env'>): string {
  return env.MUNTRA_COMMAND ? text.replace(COMMAND, `${env.MUNTRA_COMMAND} `) : text;
}
