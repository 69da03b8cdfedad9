/**
 * Hosts that send visits in order to be seen in reports: a list of the user's choice, one host a line, such as Matomo's
 * `spammers.txt`. There is no such list among the kept packages, and an old one would do harm: domains change hands.
 */
import { readFileSync, statSync } from 'node:fs';
import type { Logger } from '../log.ts';
import { watchFile } from '../watched-file.ts';

export interface SpamList {
  /** Whether a host, or a domain that it belongs to, is on the list. */
  has(host: string): boolean;
  close(): void;
}

export interface SpamListOptions {
  /** MUNTRA_REFERRER_SPAM; '': no list. */
  path: string;
  log: Logger;
  /** Milliseconds between two looks at the file. */
  every?: number;
}

/** Bytes; Matomo's list has 40,000. */
const MAX_SIZE = 2 ** 20;
const HOST = /^[a-z\d-]+(\.[a-z\d-]+)+$/;

/** Throws MuntraError `config_invalid` for a file that cannot be used. */
export function openSpamList({ path, log, every }: SpamListOptions): SpamList {
  if (path === '') return { has: () => false, close: () => {} };
  const watched = watchFile({
    option: 'MUNTRA_REFERRER_SPAM',
    path,
    hint: 'name a file with one host a line, or leave it empty',
    read: readHosts,
    log,
    ...(every && { every }),
  });
  return {
    has(host) {
      for (let rest = host, dot = 0; dot >= 0; rest = rest.slice(dot + 1)) {
        if (watched.content.has(rest)) return true;
        dot = rest.indexOf('.');
      }
      return false;
    },
    close: () => watched.close(),
  };
}

/** Comments (`#`, `!`) and empty lines are skipped. */
function readHosts(path: string): Set<string> {
  if (statSync(path).size > MAX_SIZE) throw new Error('it is larger than 1 MB');
  const lines = readFileSync(path, 'utf8').split('\n');
  const hosts = new Set(
    lines
      .map(line =>
        line
          .trim()
          .toLowerCase()
          .replace(/^www\./, ''),
      )
      .filter(line => HOST.test(line)),
  );
  if (hosts.size === 0) throw new Error('it holds no hosts');
  return hosts;
}
