/** Takes a backup apart as it comes: header, blocks, end. Holds no more of it than a piece and a line. */
import { MuntraError } from '../errors.ts';
import { END_OF_ROWS, type End, FORMAT, type Head, type Header, type Sum } from './block.ts';

type Pieces = AsyncIterable<Uint8Array>;

const MAX_LINE = 2 ** 20;
const NEWLINE = 0x0a;
const EMPTY = Buffer.alloc(0);

export class Scanner {
  readonly #pieces: AsyncIterator<Uint8Array>;
  /** Read, and not yet given out. */
  #rest: Buffer = EMPTY;

  /** `pieces`: of the text, unpacked. All methods throw MuntraError `file` for what is no whole backup. */
  constructor(pieces: Pieces) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** To be called first. */
  async header(): Promise<Header> {
    const header = await this.#line();
    if (!isHeader(header)) throw damaged('it is not a backup of Muntra');
    if (header.format === FORMAT) return header;
    throw new MuntraError('file', `The backup was made by muntra ${header.version}`, 'use that version or a newer one');
  }

  /** Then, until it answers the end: the head of the next block, whose `rows` and `sum` are to be read next. */
  async next(): Promise<Head | End> {
    const line = await this.#line();
    if (isHead(line) || isEnd(line)) return line;
    throw damaged('a block has no head');
  }

  async *rows(): AsyncGenerator<Buffer> {
    while (this.#rest.length < END_OF_ROWS.length) await this.#more();
    const none = this.#rest.toString('latin1', 0, END_OF_ROWS.length) === END_OF_ROWS;
    for (let end = none ? 0 : this.#endOfRows(); ; end = this.#endOfRows()) {
      // Where there is no end, the last bytes may be the beginning of it.
      const given = this.#rest.subarray(0, end ?? -END_OF_ROWS.length);
      this.#rest = this.#rest.subarray(given.length);
      if (given.length > 0) yield given;
      if (end !== undefined) break;
      await this.#more();
    }
    this.#rest = this.#rest.subarray(END_OF_ROWS.length);
  }

  /** Behind the last row, if it is there. */
  #endOfRows(): number | undefined {
    const lineEnd = this.#rest.indexOf(`\n${END_OF_ROWS}`);
    return lineEnd < 0 ? undefined : lineEnd + 1;
  }

  async sum(): Promise<Sum> {
    const line = await this.#line();
    if (isSum(line)) return line;
    throw damaged('a block has no sum');
  }

  /** undefined: it is not JSON. */
  async #line(): Promise<unknown> {
    let end = this.#rest.indexOf(NEWLINE);
    while (end < 0 && this.#rest.length < MAX_LINE) {
      await this.#more();
      end = this.#rest.indexOf(NEWLINE);
    }
    const text = this.#rest.toString('utf8', 0, Math.max(end, 0));
    this.#rest = this.#rest.subarray(end + 1);
    try {
      return JSON.parse(text);
    } catch {
      return undefined;
    }
  }

  async #more(): Promise<void> {
    const { done, value } = await this.#pieces.next();
    if (done) throw damaged('it ends too early');
    this.#rest = this.#rest.length === 0 ? Buffer.from(value) : Buffer.concat([this.#rest, value]);
  }
}

export const damaged = (problem: string): MuntraError =>
  new MuntraError('file', `The backup cannot be used: ${problem}`, 'take another one');

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const isHeader = (value: unknown): value is Header =>
  isObject(value) && value.backup === 'muntra' && typeof value.format === 'number' && typeof value.version === 'string';

const isHead = (value: unknown): value is Head =>
  isObject(value) &&
  typeof value.table === 'string' &&
  Array.isArray(value.columns) &&
  value.columns.every(column => typeof column === 'string') &&
  (value.month === undefined || /^\d{4}_\d\d$/.test(String(value.month)));

const isSum = (value: unknown): value is Sum =>
  isObject(value) && typeof value.rows === 'number' && typeof value.sha256 === 'string';

const isEnd = (value: unknown): value is End =>
  isObject(value) && isObject(value.sequences) && Object.values(value.sequences).every(Number.isSafeInteger);
