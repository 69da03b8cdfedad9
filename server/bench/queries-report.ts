/** Figures of the questions as a table, each beside the target of the design. */
import type { QueriesReport } from './queries.ts';

const TARGETS = { warm: 15, cold: 50, today: 120, disk: 300, seeded: 50_000, rollup: 1 };

export function queriesTable(report: QueriesReport): string {
  const { events, seeded, disk, questions, today, rollup } = report;
  const head = ['question', 'range', 'warm', 'cold', 'raw', 'raw/warm', 'busy today', 'an hour behind'];
  const rows = questions.map(({ name, range, warm, cold, raw }) => {
    const busy = today.questions.find(other => other.name === name && other.range === range);
    return [
      name,
      range,
      judged(warm, TARGETS.warm),
      judged(cold, TARGETS.cold),
      raw.toFixed(0),
      (raw / warm).toFixed(0),
      judged(busy?.unrolled ?? 0, TARGETS.today),
      judged(busy?.behind ?? 0, TARGETS.today),
    ];
  });
  return [
    `${events} events; milliseconds, ! where over ${TARGETS.warm} warm, ${TARGETS.cold} cold, ${TARGETS.today} with a today of ${today.events} events, not rolled up or before its last ${today.added}`,
    ...columns([head, ...rows]),
    '',
    `seed            ${seeded.toFixed(0)} events/s (at least ${TARGETS.seeded})`,
    `disk per event  ${(disk.table + disk.indexes).toFixed(0)} B (at most ${TARGETS.disk}): table ${disk.table.toFixed(0)}, indexes ${disk.indexes.toFixed(0)}; rollups ${disk.rollups.toFixed(0)} apart`,
    `rollup          ${rollup.one.toFixed(2)} s for a day of ${rollup.events} events (at most ${TARGETS.rollup}), ${rollup.again.toFixed(2)} s again; all ${rollup.days} days ${rollup.all.toFixed(0)} s`,
    '',
  ].join('\n');
}

const judged = (milliseconds: number, target: number): string =>
  `${milliseconds > target ? '! ' : ''}${milliseconds.toFixed(1)}`;

function columns(rows: string[][]): string[] {
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map(row => row[i]?.length ?? 0))) ?? [];
  return rows.map(row =>
    row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '),
  );
}
