/** What the server tells of itself and of the things around it, judged. */
import type { SystemAnswer } from '../../server/contract/system.ts';
import { bytes, counted, date, duration } from '../output/format.ts';
import { type Check, failed, passed } from '../report/checks.ts';

const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000];

/** `version`: of this program; `now`: unix milliseconds. */
export function judge(system: SystemAnswer, version: string, now: number): Check[] {
  return [
    checkVersion(system, version),
    checkStore(system),
    checkMigrations(system),
    checkBuffer(system),
    checkFlush(system, now),
    checkRollup(system, now),
    checkSalt(system),
    checkClock(system),
    checkDisk(system),
    checkMemory(system),
    checkBackup(system, now),
  ];
}

function checkVersion({ version: running, started }: SystemAnswer, version: string): Check {
  const since = date(started, 'UTC');
  if (running === version) return passed('server', `Muntra ${running}, since ${since}`);
  const detail = `it runs Muntra ${running}, and this is ${version}`;
  return failed('server', detail, 'sudo systemctl restart muntra, or Ctrl-C and muntra start where it runs');
}

function checkStore({ state, storage }: SystemAnswer): Check {
  const name = storage.store === 'embedded' ? 'the embedded PostgreSQL' : 'PostgreSQL';
  if (state.store === 'up') return passed('store', `${name} answers`);
  return failed('store', `${name} does not answer; events wait in the buffer`, "see the server's log");
}

function checkMigrations({ schema, version }: SystemAnswer): Check {
  if (schema === version) return passed('migrations', `the tables are those of ${version}`);
  return failed('migrations', `the tables are those of ${schema ?? 'no known version'}`, 'muntra migrate');
}

function checkBuffer({ state, storage, buffer, dropsToday }: SystemAnswer): Check {
  const waiting = `${counted(buffer.events, 'event')} waiting, ${bytes(buffer.bytes)}`;
  if (state.buffer === 'down') return failed('buffer', 'no event can be kept', "see the server's log");
  if (dropsToday.full) {
    const detail = `${counted(dropsToday.full, 'event')} refused today: it was full`;
    return failed('buffer', detail, 'raise MUNTRA_SPOOL_MAX, and see why nothing was stored');
  }
  if (state.redis === 'down') {
    return failed(
      'buffer',
      `Redis does not answer; events go to files (${waiting})`,
      'start Redis, or correct MUNTRA_REDIS_URL',
    );
  }
  return passed('buffer', `${storage.buffer}, ${waiting}`);
}

function checkFlush({ buffer, lastFlush, started }: SystemAnswer, now: number): Check {
  const age = now - (lastFlush?.at ?? started);
  const when = lastFlush ? `${duration(age / SECOND)} ago` : 'not since the start';
  if (buffer.events === 0 || age < 10 * MINUTE) return passed('flush', when);
  const detail = `${when}, and ${counted(buffer.events, 'event')} wait`;
  return failed('flush', detail, 'muntra flush tells why; with MUNTRA_FLUSH_INTERVAL=0 cron must run it');
}

function checkRollup({ rollup: { waiting, last }, started }: SystemAnswer, now: number): Check {
  if (waiting === null) return failed('rollup', 'not known while PostgreSQL is away', 'see store');
  const detail = waiting === 0 ? 'up to date' : `${counted(waiting, 'day')} behind`;
  if (waiting === 0 || now - (last?.at ?? started) < 2 * HOUR) return passed('rollup', detail);
  return failed('rollup', `${detail}, for over two hours`, 'muntra rollup');
}

function checkSalt({ oldSalts }: SystemAnswer): Check {
  if (oldSalts === 0) return passed('salt', "today's, and none of a day before");
  const hint = 'the server erases them: see its log, and that it may write to its data directory and to Redis';
  return failed('salt', `${counted(oldSalts, 'salt')} of a day before still there`, hint);
}

function checkClock({ clock }: SystemAnswer): Check {
  const others = Object.entries({ PostgreSQL: clock.store, Redis: clock.redis });
  const known = others.flatMap(([name, ahead]) => (ahead === null ? [] : [{ name, ahead }]));
  const off = known.filter(({ ahead }) => Math.abs(ahead) > 2 * SECOND);
  const say = (clocks: typeof known): string => clocks.map(({ name, ahead }) => `${name} ${signed(ahead)}`).join(', ');
  if (off.length > 0) return failed('clock', say(off), 'set all clocks by NTP: timedatectl set-ntp true');
  return passed('clock', known.length === 0 ? 'no other to compare it with' : say(known));
}

const signed = (milliseconds: number): string =>
  `${milliseconds < 0 ? '-' : '+'}${(Math.abs(milliseconds) / SECOND).toFixed(1)} s`;

/** Below this PostgreSQL and the spool may meet the end of the disk within a busy day. */
const LEAST_FREE = 512 * 2 ** 20;

function checkDisk({ disk: { free, total } }: SystemAnswer): Check {
  const detail = `${bytes(free)} of ${bytes(total)} free`;
  if (free >= LEAST_FREE && free >= total / 50) return passed('disk', detail);
  return failed('disk', detail, 'make room, or keep events for a shorter time: MUNTRA_RETENTION=400d and muntra prune');
}

/** Twice what it takes at full load. */
const MOST_MEMORY = 180 * 2 ** 20;

function checkMemory({ memory: { rss } }: SystemAnswer): Check {
  if (rss <= MOST_MEMORY) return passed('memory', bytes(rss));
  return failed(
    'memory',
    `${bytes(rss)}, more than it should ever need`,
    'restart it, and please report this with its log',
  );
}

function checkBackup({ lastBackup }: SystemAnswer, now: number): Check {
  if (lastBackup === null)
    return { ...passed('backup', 'none was ever made'), hint: 'muntra backup FILE, from cron too' };
  const days = Math.floor((now - lastBackup.at) / DAY);
  const detail = days === 0 ? 'less than a day old' : `${counted(days, 'day')} old`;
  return days <= 7
    ? passed('backup', detail)
    : failed('backup', detail, 'muntra backup FILE; does its cron job still run?');
}
