/**
 * Sends events to the server in requests of bounded size, each after the one before was stored. The server knows how many
 * lines of a source it has, so that an import that broke off goes on there when it is started again.
 */
import { IMPORT_LIMIT, type ImportAnswer, type ImportedEvent } from '../server/contract/transfer.ts';
import { MuntraError } from '../server/errors.ts';
import type { Client } from './client.ts';

export interface ImportOutcome {
  /** Stored now. */
  events: number;
  /** Of the source, those of earlier runs included. */
  lines: number;
  /** Stored by earlier runs. */
  skipped: number;
  refused: number;
  /** The first of them. */
  problems: ImportAnswer['refused'];
}

export interface ImportOptions {
  /** Names the lines: the same ones must come under the same name. */
  source: string;
  /** In the place of each line's own. */
  site?: string | undefined;
  /** Called after each request. */
  onProgress?(outcome: ImportOutcome): void;
}

/** Far above any event; the server refuses a line that was cut. */
export const MAX_LINE = 20_000;
const MAX_PROBLEMS = 20;

export function importEvents(
  client: Client,
  source: string,
  events: AsyncIterable<ImportedEvent> | Iterable<ImportedEvent>,
  onProgress?: ImportOptions['onProgress'],
): Promise<ImportOutcome> {
  return importLines(client, asLines(events), { source, ...(onProgress && { onProgress }) });
}

/** `lines` without their line feeds. Throws what the client throws; all lines before that are stored. */
export async function importLines(
  client: Client,
  lines: AsyncIterable<string>,
  { source, site, onProgress }: ImportOptions,
): Promise<ImportOutcome> {
  const { line: done } = await client.importPosition(source);
  const outcome: ImportOutcome = { events: 0, lines: done, skipped: done, refused: 0, problems: [] };
  for await (const { before, batch } of batches(lines, done)) {
    const answer = await client.importLines({ source, site, line: before }, batch);
    if (answer.line !== before + batch.length) throw elsewhere(source);
    outcome.lines = answer.line;
    outcome.events += answer.events;
    outcome.refused += answer.refused.length;
    outcome.problems.push(...answer.refused.slice(0, MAX_PROBLEMS - outcome.problems.length));
    onProgress?.(outcome);
  }
  return outcome;
}

/** Lines after the first `done`, as many at once as a request may have. */
async function* batches(
  lines: AsyncIterable<string>,
  done: number,
): AsyncGenerator<{ before: number; batch: string[] }> {
  let number = 0;
  let batch: string[] = [];
  let bytes = 0;
  for await (const whole of lines) {
    if (number++ < done) continue;
    const line = whole.slice(0, MAX_LINE);
    const size = Buffer.byteLength(line) + 1;
    if (batch.length >= IMPORT_LIMIT.lines || bytes + size > IMPORT_LIMIT.bytes) {
      yield { before: number - 1 - batch.length, batch };
      batch = [];
      bytes = 0;
    }
    batch.push(line);
    bytes += size;
  }
  if (batch.length > 0) yield { before: number - batch.length, batch };
}

async function* asLines(events: AsyncIterable<ImportedEvent> | Iterable<ImportedEvent>): AsyncGenerator<string> {
  for await (const event of events) yield JSON.stringify(event);
}

const elsewhere = (source: string): MuntraError =>
  new MuntraError(
    'bad_request',
    `"${source}" is being imported by somebody else too`,
    'wait for that, then start again',
  );
