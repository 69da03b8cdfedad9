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
const totals = { rounds: 0, acknowledged: 0, refused: 0, unanswered: 0, stored: 0, lost: 0, doubled: 0 };
let rig: Rig;
beforeAll(async () => {
  rig = await startRig(processes);
});
afterAll(async () => {
  process.stdout.write(`all rounds: ${JSON.stringify(totals)}\n`);
  await processes.close();
});

test.each(rounds.map((fault, round) => ({ ...fault, round })))(
  'round $round: $name',
  { timeout: 180_000 },
  async ({ round, name, befall, mayRefuse }) => {
    const { lost, doubled, refusedButStored, ...counts } = await runRound(rig, `round-${round}`, befall);
    process.stdout.write(`round ${round}, ${name}: ${JSON.stringify(counts)}\n`);
    const found = { rounds: 1, ...counts, lost: lost.length, doubled: doubled.length };
    for (const key of Object.keys(found) as (keyof typeof totals)[]) totals[key] += found[key];
    expect({ lost, doubled, refusedButStored }).toEqual({ lost: [], doubled: [], refusedButStored: [] });
    expect(counts.acknowledged).toBeGreaterThan(100);
    if (!mayRefuse) expect(counts.refused).toBe(0);
  },
);
