/**
 * CSV as RFC 4180 has it. Text that a spreadsheet would run as a formula gets a leading ', behind a ; too: where commas
 * are for decimals it parts cells there. Control characters are escaped as they are in a table. Numbers stay as they are.
 */
import { printable } from './escape.ts';

export function csv(rows: (string | number)[][]): string {
  return rows.map(row => `${row.map(cell).join(',')}\r\n`).join('');
}

function cell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  // A quote right behind a ; would be one around the cell.
  const harmless = printable(value.replace(/^(?=[=+\-@\t\r])|(?=[=+\-@])(?<=;"*)/g, "'"));
  return /[",]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
