/**
 * A long time under the load that a server should have at most: half of the rate that it can take, in an open loop, with
 * questions to the API, late events and rollups beside it. What grows with time, or gets slower, shows in the samples.
 *
 * The events go to a hundred sites and the questions to one of them are about its last five minutes, so that after five
 * minutes all that is done is of one size. Questions about 30 days go to a site with a past, of which another day changes
 * every ten seconds: each run of the rollup has six days to do anew.
 */
import { randomUUID } from 'node:crypto';
import { statfsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SystemAnswer } from '../contract/system.ts';
import type { ImportedEvent } from '../contract/transfer.ts';
import { createLogger } from '../log.ts';
import { openStore } from '../store/postgres.ts';
import { type Muntra, startMuntra } from '../testing/muntra.ts';
import { type Processes, until } from '../testing/processes.ts';
import { siteName } from './history.ts';
import { CONNECTIONS, type Mode, runLoad, startLoad, startServices } from './ingest.ts';
import type { LoadPlan, LoadReport } from './load.ts';
import { cpuOf, cpuOfFamily, family, handlesOf, memoryOf, pssOf } from './proc.ts';
import { seed } from './seed.ts';

export interface SoakPlan {
  mode: Mode;
  seconds: number;
  /** Events a second; default: half of what the server takes. */
  rate?: number;
}

export interface Sample {
  /** Since the start of the load. */
  seconds: number;
  /** Of `/collect` since the sample before. */
  load: LoadReport;
  /** Milliseconds that each question since the sample before took, ascending. */
  questions: number[];
  /** Bytes. */
  rss: number;
  private: number;
  /** PSS of all processes of PostgreSQL. */
  postgres: number;
  handles: number;
  /** Milliseconds of processor since the sample before. */
  cpu: { muntra: number; postgres: number };
  /** Events in the buffer, and seconds since the last flush. */
  waiting: number;
  flushed: number;
  /** Days that the last run of the rollup did. */
  rolled: number;
}

export interface SoakReport {
  mode: Mode;
  /** Events a second: in a closed loop, questions and rollups beside it, and in the soak. */
  peak: number;
  rate: number;
  samples: Sample[];
}

const SITES = Array.from({ length: 100 }, (_, i) => `soak-${100 + i}`);
const PAST = { events: 300_000, days: 30, sites: 1 };
const PAST_SITE = siteName(0);
const ENVIRONMENT = { MUNTRA_ALLOWED_SITES: SITES.join(), MUNTRA_ROLLUP_INTERVAL: '1m' };
const DAY = 86_400_000;
const RECENT = 300_000;
const LATE = 10_000;
/** Longer than what waits between two flushes can hide. */
const PEAK_SECONDS = 20;
/** On disk, indexes and the log of PostgreSQL included. */
const BYTES_PER_EVENT = 500;

/** `say` is told what happens now. */
export async function soak(
  processes: Processes,
  { mode, seconds, rate: wanted }: SoakPlan,
  say: (text: string) => void,
): Promise<SoakReport> {
  const services = await startServices(processes, mode);
  const muntra = await startMuntra(processes, { env: { ...services.env, ...ENVIRONMENT } });
  const postmaster = services.postgres ?? muntra.postmaster();
  say(`${mode}: ${PAST.events} events of the past`);
  await addPast(muntra);

  const beside = startBeside(muntra);
  say(`${mode}: looking for the peak, with all that goes on beside`);
  const plan: LoadPlan = { port: muntra.port, site: SITES[0] ?? '', sites: SITES, connections: CONNECTIONS };
  await beside.during(runLoad(processes, { ...plan, seconds: 5 }));
  const closed = await beside.during(runLoad(processes, { ...plan, seconds: PEAK_SECONDS }));
  const peak = closed.requests / closed.seconds;
  const rate = Math.round(wanted ?? peak / 2);
  needDisk(muntra.dataDir, rate * seconds * BYTES_PER_EVENT);
  await muntra.api('POST', '/api/flush');
  beside.times();

  say(`${mode}: ${rate} events/s, the peak is ${peak.toFixed(0)}, for ${seconds} s`);
  const every = Math.min(60, seconds / 10);
  const load = startLoad(processes, { ...plan, rate, every });
  const samples: Sample[] = [];
  let cpu = { muntra: cpuOf(muntra.pid), postgres: cpuOfFamily(postmaster) };
  const reports = (): string[] => load.output().split('\n').slice(0, -1);
  for (let n = 1; n * every <= seconds; n++) {
    const come = until(`report ${n}`, () => reports().length >= n || !load.running, (every + 60) * 1000);
    await beside.during(come);
    const report = reports()[n - 1];
    if (report === undefined) throw new Error(`the load ended\n${load.output()}`);
    const questions = beside.times();
    const before = cpu;
    cpu = { muntra: cpuOf(muntra.pid), postgres: cpuOfFamily(postmaster) };
    samples.push({
      seconds: n * every,
      load: JSON.parse(report),
      questions,
      cpu: { muntra: cpu.muntra - before.muntra, postgres: cpu.postgres - before.postgres },
      ...(await look(muntra, postmaster)),
    });
    say(JSON.stringify({ ...samples.at(-1), questions: questions.length }));
  }
  await beside.end();
  await load.stop();
  return { mode, peak, rate, samples };
}

interface Beside {
  /** Waits for some work; throws when a question or a late event fails meanwhile. */
  during<T>(work: Promise<T>): Promise<T>;
  /** Milliseconds of each question since the last call, ascending. */
  times(): number[];
  end(): Promise<void>;
}

function startBeside(muntra: Muntra): Beside {
  const ended = new AbortController();
  const times: number[] = [];
  const loops = Promise.all([askOn(muntra, ended.signal, times), changePast(muntra, ended.signal)]);
  // Told to whoever waits.
  loops.catch(() => {});
  return {
    during: work => Promise.race([work, loops.then(() => work)]),
    times: () => times.splice(0).sort((a, b) => a - b),
    async end() {
      ended.abort();
      await loops;
    },
  };
}

async function addPast({ database }: Muntra): Promise<void> {
  const store = openStore(database, { log: createLogger('warn', process.stderr) });
  await seed(store, { ...PAST, until: Math.floor(Date.now() / DAY) * DAY });
  await store.close();
}

/** Throws when the run would fill the disk. */
function needDisk(dir: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(dir);
  if (bytes < (bavail * bsize) / 2) return;
  throw new Error(
    `the events would take ${Math.round(bytes / 1e9)} GB of disk; give a lower --rate or fewer --seconds`,
  );
}

async function look(
  muntra: Muntra,
  postmaster: number,
): Promise<Omit<Sample, 'seconds' | 'load' | 'questions' | 'cpu'>> {
  const { buffer, lastFlush, rollup } = await muntra.api<SystemAnswer>('GET', '/api/system');
  const { rss, private: own } = memoryOf(muntra.pid);
  return {
    rss,
    private: own,
    postgres: pssOf(family(postmaster)),
    handles: handlesOf(muntra.pid),
    waiting: buffer.events,
    flushed: (Date.now() - (lastFlush?.at ?? 0)) / 1000,
    rolled: rollup.last?.days ?? 0,
  };
}

/** Twice a second every kind of question, in turn about the last minutes of a busy site and about a past of 30 days. */
async function askOn(muntra: Muntra, signal: AbortSignal, times: number[]): Promise<void> {
  for (let turn = 0; !signal.aborted; turn++) {
    const now = Date.now();
    const site = turn % 2 === 0 ? SITES[(turn / 2) % SITES.length] : PAST_SITE;
    const about = `site=${site}&from=${now - (turn % 2 === 0 ? RECENT : PAST.days * DAY)}&to=${now}`;
    const paths = [`stats?${about}`, `timeseries?${about}`, `breakdown?${about}&by=url`, `live?site=${site}`];
    const ask = async (path: string): Promise<void> => {
      const started = performance.now();
      await muntra.api('GET', `/api/${path}`);
      times.push(performance.now() - started);
    };
    await Promise.all(paths.map(ask));
    await sleep(Math.max(0, now + 500 - Date.now()));
  }
}

/** Now and then a late event, each on another day. */
async function changePast(muntra: Muntra, signal: AbortSignal): Promise<void> {
  for (let line = 0; !signal.aborted; line++) {
    const event: ImportedEvent = {
      created_at: Date.now() - (1 + (line % PAST.days)) * DAY,
      site_id: PAST_SITE,
      visitor_hash: randomUUID(),
      url: 'https://example.com/late',
    };
    await muntra.api('POST', `/api/import?source=late&line=${line}`, event);
    await sleep(LATE, undefined, { signal }).catch(() => {});
  }
}
