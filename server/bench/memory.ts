/** Memory of a process over time: a sample every 10 seconds for people, its peaks every second. */
import { family, memoryOf, pssOf } from './proc.ts';

export interface MemorySeries {
  /** Bytes; seconds since the start. */
  samples: { seconds: number; rss: number; private: number }[];
  /** The highest RSS in the life of the process. */
  peakRss: number;
  peakPrivate: number;
  /** RSS of the process and PSS of its PostgreSQL; the benchmark's own Nodes would take a share of its PSS. */
  peakAppliance: number;
}

export function watchMemory(pid: number, postmaster: number): { stop(): MemorySeries } {
  let seconds = 0;
  const series: MemorySeries = { samples: [], peakRss: 0, peakPrivate: 0, peakAppliance: 0 };

  function look(): void {
    const { rss, peak, private: own } = memoryOf(pid);
    series.peakRss = peak;
    series.peakPrivate = Math.max(series.peakPrivate, own);
    series.peakAppliance = Math.max(series.peakAppliance, rss + pssOf(family(postmaster)));
    if (seconds % 10 === 0) series.samples.push({ seconds, rss, private: own });
    seconds++;
  }

  look();
  const timer = setInterval(look, 1000);
  return {
    stop() {
      clearInterval(timer);
      look();
      return series;
    },
  };
}
