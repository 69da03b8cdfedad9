import { expect, test } from 'vitest';
import { explainFailure } from './failure.ts';

const stamp = '2026-01-31 12:00:00.000 UTC';

test('tells the last error, not that an old session has noticed the end of its own server', () => {
  const output = `${stamp} [7] LOG:  starting PostgreSQL
${stamp} [7] FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use
${stamp} [7] HINT:  Terminate any old server processes associated with data directory "data".
${stamp} [3] FATAL:  terminating connection due to unexpected postmaster exit
`;
  expect(explainFailure('PostgreSQL did not start', '/data', output)).toMatchObject({
    code: 'store_start',
    message: 'PostgreSQL did not start: pre-existing shared memory block (key 1, ID 2) is still in use',
  });
});

test.each([
  ['', 'it printed nothing'],
  ['Segmentation fault\n', 'Segmentation fault'],
  ['initdb: error: could not create directory\ninitdb: removing contents', 'could not create directory'],
])('of %j tells: %s', (output, told) => {
  expect(explainFailure('It failed', '/data', output).message).toBe(`It failed: ${told}`);
});
