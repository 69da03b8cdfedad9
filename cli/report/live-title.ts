/** The first lines of a live picture: what is watched, the time, and how many visitors are there. */
import { beside } from '../output/beside.ts';
import { counted, timeOfDay } from '../output/format.ts';
import type { Line } from '../output/line.ts';
import type { Terminal } from '../output/terminal.ts';

/** `at` in unix milliseconds; `active`: visitors of the last 5 minutes. */
export function liveTitle(name: string, active: number, at: number, timezone: string, terminal: Terminal): Line[] {
  const clock = timeOfDay(at, timezone) + (timezone === 'UTC' ? ' UTC' : '');
  const dot = terminal.unicode ? '● ' : '';
  return [
    ...beside(
      [[{ text: name, style: 'strong' }]],
      [[{ text: clock, style: 'faint' }]],
      terminal.columns - clock.length,
    ),
    [{ text: `${dot}${counted(active, 'visitor')} in the last 5 minutes`, style: active > 0 ? 'good' : 'faint' }],
    [],
  ];
}
