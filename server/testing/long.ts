/** `npm run test:long` sets MUNTRA_TEST_LONG=1: the same tests, gone on with for much longer. */
export const amount = (usual: number, long: number): number => (process.env.MUNTRA_TEST_LONG === '1' ? long : usual);
