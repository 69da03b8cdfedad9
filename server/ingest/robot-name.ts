/** What a robot calls itself, for a list of those that came. The text is from outside; it is short and of few characters. */
import { isbotMatch } from 'isbot';

const LENGTH = 32;
/** Words that begin with a letter, but for those that say nothing. */
const WORD = /\b(?!(?:Mozilla|compatible|https?|www)\b)[a-z][\w-]*/gi;

/** Of a user agent that isbot knows: the word in which it found the sign of a robot, or the next one, else the first one. */
export function robotName(userAgent: string): string {
  const sign = userAgent.indexOf(isbotMatch(userAgent) ?? '');
  const words = [...userAgent.matchAll(WORD)];
  const named = words.find(({ 0: word, index }) => index + word.length > sign) ?? words[0];
  return named?.[0].slice(0, LENGTH) ?? 'without a name';
}
