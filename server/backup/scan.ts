/** Takes a backup apart as it comes: header, blocks, end. Holds no more of it than a piece and a line. */
import { MuntraError } from '../errors.ts';
import { END_OF_ROWS, type End, FORMAT, type Head, type Header, type Sum } from './block.ts';

const MAX_LINE = 2 ** 20;
const NEWLINE = 0x0a;
const EMPTY: Buffer = Buffer.alloc(0);

export class Scanner {
  readonly header: Header;
  readonly #pieces: AsyncIterator<Uint8Array>;
  /** Read, and not yet given out. */
  #rest: Buffer;

  private constructor(header: Header, pieces: AsyncIterator<Uint8Array>, rest: Buffer) {
    this.header = header;
    this.#pieces = pieces;
    this.#rest = rest;
  }

  /** `text`: unpacked. Throws MuntraError `file` for what is no whole backup, as all methods do. */
  static async open(text: AsyncIterable<Uint8Array>): Promise<Scanner> {
    const pieces = text[Symbol.asyncIterator]();
    let head = EMPTY;
    while (!head.includes(NEWLINE) && head.length < MAX_LINE) {
      const { done, value } = await pieces.next();
      if (done) break;
      head = Buffer.concat([head, value]);
    }
    const end = head.indexOf(NEWLINE);
    const header = parsed(head.toString('utf8', 0, Math.max(end, 0)));
    if (!isHeader(header)) throw damaged('it is not a backup of Muntra');
    if (header.format === FORMAT) return new Scanner(header, pieces, head.subarray(end + 1));
    throw new MuntraError('file', `The backup was made by muntra ${header.version}`, 'use that version or a newer one');
  }

  /** Until it answers the end: the head of the next block, whose `rows` and `sum` are to be read next. */
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

  async #line(): Promise<unknown> {
    let end = this.#rest.indexOf(NEWLINE);
    while (end < 0 && this.#rest.length < MAX_LINE) {
      await this.#more();
      end = this.#rest.indexOf(NEWLINE);
    }
    const text = this.#rest.toString('utf8', 0, Math.max(end, 0));
    this.#rest = this.#rest.subarray(end + 1);
    return parsed(text);
  }

  async #more(): Promise<void> {
    const { done, value } = await this.#pieces.next();
    if (done) throw damaged('it ends too early');
    this.#rest = this.#rest.length === 0 ? Buffer.from(value) : Buffer.concat([this.#rest, value]);
  }
}

/** undefined: it is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
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
