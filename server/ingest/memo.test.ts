import { expect, test } from 'vitest';
import { memo } from './memo.ts';

test('computes once, forgets what is not asked for, and keeps what is', () => {
  const computed: string[] = [];
  const length = memo(2, key => {
    computed.push(key);
    return key.length;
  });
  expect(['a', 'bb', 'a', 'ccc', 'a', 'dddd', 'a', 'eeeee', 'a', 'bb'].map(length)).toEqual([
    1, 2, 1, 3, 1, 4, 1, 5, 1, 2,
  ]);
  expect(computed).toEqual(['a', 'bb', 'ccc', 'dddd', 'eeeee', 'bb']);
});
