/**
 * The services mode under faults: acknowledged = stored, exactly once, and what was refused is not there. A round of each
 * fault in `npm test`; `npm run test:faults` goes on for MUNTRA_FAULT_ROUNDS of them.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openProcesses } from '../testing/processes.ts';
import { FAULTS } from './faults.ts';
import { type Rig, runRound, startRig } from './rig.ts';

const cycles = Math.ceil(Number(process.env.MUNTRA_FAULT_ROUNDS ?? 1) / FAULTS.length);
const rounds = Array.from({ length: cycles }, () => FAULTS).flat();

const processes = openProcesses();
let rig: Rig;
beforeAll(async () => {
  rig = await startRig(processes);
});
afterAll(() => processes.close());

test.each(rounds.map((fault, round) => ({ ...fault, round })))(
  'round $round: $name',
  { timeout: 60_000 },
  async ({ round, name, befall, mayRefuse }) => {
    const { lost, doubled, refusedButStored, ...counts } = await runRound(rig, `round-${round}`, befall);
    process.stdout.write(`round ${round}, ${name}: ${JSON.stringify(counts)}\n`);
    expect({ lost, doubled, refusedButStored }).toEqual({ lost: [], doubled: [], refusedButStored: [] });
    expect(counts.acknowledged).toBeGreaterThan(100);
    if (!mayRefuse) expect(counts.refused).toBe(0);
  },
);
