/**
 * Remembers a pure function's answers in bounded memory. Two generations instead of a linked list: a hit is one map
 * lookup, and when the young generation is full the old one, with all that was not asked for again, is dropped.
 */

/** At most `2 * generation` answers are kept; the recently used ones among them. */
export function memo<Answer>(generation: number, compute: (key: string) => Answer): (key: string) => Answer {
  let young = new Map<string, Answer>();
  let old = new Map<string, Answer>();
  return key => {
    const known = young.get(key);
    if (known !== undefined) return known;
    const answer = old.get(key) ?? compute(key);
    if (young.size >= generation) {
      old = young;
      young = new Map();
    }
    young.set(key, answer);
    return answer;
  };
}
