/** Styles by meaning, on the sixteen colours that every terminal theme defines. */
import { styleText } from 'node:util';

const STYLES = {
  strong: 'bold',
  faint: 'dim',
  accent: 'cyan',
  bar: 'blue',
  good: 'green',
  bad: 'red',
  warning: 'yellow',
} as const;

export type Style = keyof typeof STYLES;

/** Text that must already be safe to print; see `paint`. */
export function colored(text: string, style: Style): string {
  return styleText(STYLES[style], text, { validateStream: false });
}
