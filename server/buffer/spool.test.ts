import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '../log.ts';
import { describeBuffer } from './conformance.ts';
import { openSpool } from './spool.ts';

const log = createLogger('silent', process.stdout);

describeBuffer('spool', async () => {
  const root = mkdtempSync(join(tmpdir(), 'muntra-spool-'));
  const dir = join(root, 'spool');
  return {
    open: () => openSpool({ dir, maxBytes: 2 ** 24, sync: 'second', log }),
    wipe: () => rm(dir, { recursive: true }),
    remove: () => rm(root, { recursive: true }),
  };
});
