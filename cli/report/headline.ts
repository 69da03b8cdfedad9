/** The first lines of every report: which site, which time, which part of it. */
import { dateRange } from '../output/format.ts';
import type { Line } from '../output/line.ts';

export interface Subject {
  site: { id: string; timezone: string };
  /** Unix milliseconds, [from, to). */
  from: number;
  to: number;
  /** Of the period; '' when it was given by its dates. */
  title: string;
  filters: string[];
}

export function headline({ site, from, to, title, filters }: Subject): Line[] {
  const when = [title, dateRange(from, to, site.timezone), site.timezone].filter(part => part !== '').join(', ');
  return [[{ text: site.id, style: 'strong' }], [{ text: when, style: 'faint' }], ...filterLine(filters)];
}

export function filterLine(filters: string[]): Line[] {
  return filters.length === 0 ? [] : [[{ text: `only ${filters.join(' and ')}`, style: 'warning' }]];
}
