/** How a figure compares with the period before: an arrow for the direction, a colour for whether that is good. */
import type { Change, StatsAnswer } from '../../server/contract/stats.ts';
import { count, duration } from '../output/format.ts';
import type { Span } from '../output/line.ts';

export interface Figure {
  title: string;
  value: string;
  previous: string;
  change: Span;
}

/** The headline figures of a report, in order. */
export function figures(stats: StatsAnswer, unicode: boolean): Figure[] {
  const counts = (title: string, change: Change): Figure => ({
    title,
    value: count(change.value),
    previous: count(change.prev),
    change: growth(change, unicode),
  });
  const bounceRate = ratio(stats.bounces, stats.visits);
  const meanTime = ratio(stats.duration, stats.visits);
  return [
    counts('Visitors', stats.visitors),
    counts('Pageviews', stats.pageviews),
    counts('Visits', stats.visits),
    {
      title: 'Bounce rate',
      value: percent(bounceRate.value),
      previous: percent(bounceRate.prev),
      change: stats.visits.prev === 0 ? NONE : points(bounceRate, unicode),
    },
    {
      title: 'Visit time',
      value: duration(meanTime.value),
      previous: duration(meanTime.prev),
      change: growth(meanTime, unicode),
    },
  ];
}

const NONE: Span = { text: '' };

const ratio = (part: Change, whole: Change): Change => ({
  value: whole.value === 0 ? 0 : part.value / whole.value,
  prev: whole.prev === 0 ? 0 : part.prev / whole.prev,
});

const percent = (share: number): string => `${Math.round(share * 100)}%`;

/** In per cent of what was; nothing where nothing was. */
export function growth({ value, prev }: Change, unicode: boolean): Span {
  if (prev === 0) return NONE;
  const change = Math.round(((value - prev) / prev) * 100);
  return arrow(change, `${count(Math.abs(change))}%`, change > 0, unicode);
}

/** Of a rate, in percentage points; less is better. */
function points({ value, prev }: Change, unicode: boolean): Span {
  const change = Math.round(value * 100) - Math.round(prev * 100);
  return arrow(change, `${Math.abs(change)} pts`, change < 0, unicode);
}

function arrow(change: number, amount: string, good: boolean, unicode: boolean): Span {
  if (change === 0) return { text: `= ${amount}`, style: 'faint' };
  const [up, down] = unicode ? ['▲ ', '▼ '] : ['+', '-'];
  return { text: `${change > 0 ? up : down}${amount}`, style: good ? 'good' : 'bad' };
}
