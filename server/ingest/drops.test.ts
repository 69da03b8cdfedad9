import { expect, test } from 'vitest';
import { createDropLedger } from './drops.ts';

const MIDNIGHT = Date.UTC(2025, 6, 1);

test('counts by site, UTC day and reason', () => {
  let now = MIDNIGHT - 1;
  const ledger = createDropLedger(() => now);
  ledger.count('a', 'bot', 'curl');
  ledger.count('a', 'bot', 'curl');
  ledger.count('', 'unknown_site');
  now = MIDNIGHT;
  ledger.count('a', 'bot', 'curl');
  const counts = [
    { site: 'a', day: '2025-06-30', reason: 'bot', bot: 'curl', events: 2 },
    { site: '', day: '2025-06-30', reason: 'unknown_site', bot: '', events: 1 },
    { site: 'a', day: '2025-07-01', reason: 'bot', bot: 'curl', events: 1 },
  ];
  expect(ledger.waiting()).toEqual(counts);
  expect(ledger.take()).toEqual(counts);
  expect(ledger.take()).toEqual([]);
});

test('takes back what could not be stored', () => {
  const ledger = createDropLedger(() => MIDNIGHT);
  ledger.count('a', 'bot', 'curl');
  const taken = ledger.take();
  ledger.count('a', 'bot', 'curl');
  ledger.giveBack(taken);
  expect(ledger.take()).toEqual([{ site: 'a', day: '2025-07-01', reason: 'bot', bot: 'curl', events: 2 }]);
});

test('is bounded', () => {
  const ledger = createDropLedger(() => MIDNIGHT);
  for (let i = 0; i < 20_000; i++) ledger.count(`site${i}`, 'origin');
  const counts = ledger.take();
  expect(counts.length).toBe(10_001);
  expect(counts.reduce((sum, { events }) => sum + events, 0)).toBe(20_000);
});

test('takes so many names of robots in a day, and no more', () => {
  let now = MIDNIGHT;
  const ledger = createDropLedger(() => now);
  const names = () => ledger.take().map(({ bot, events }) => `${events} ${bot}`);
  for (let i = 0; i < 99; i++) ledger.count('a', 'bot', `bot${i}`);
  ledger.take();
  for (const bot of ['bot0', 'bot99', 'late', 'later']) ledger.count('a', 'bot', bot);
  expect(names()).toEqual(['1 bot0', '1 bot99', '2 others']);
  now += 86_400_000;
  ledger.count('a', 'bot', 'late');
  expect(names()).toEqual(['1 late']);
});
