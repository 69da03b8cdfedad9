/** Another time for a program in a process of its own: its clock stands at the first of some moments, and each signal moves it on. */

/** Environment of a Node process. The clock goes on from each of the moments (unix milliseconds) as clocks do. */
export function shiftedClock(moments: number[]): Record<string, string> {
  const script = `const real = Date.now, moments = ${JSON.stringify(moments)};
    let ahead; const next = () => { ahead = moments.shift() - real(); };
    next(); process.on('SIGUSR2', next); Date.now = () => real() + ahead;`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` };
}
