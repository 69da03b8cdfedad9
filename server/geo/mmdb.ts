/**
 * A MaxMind DB file: a binary tree of address bits whose leaves point to records. Read where it lies, page by page: the
 * usual readers load the whole file, which for a city table is more memory than all of Muntra.
 */
import { readValue } from './mmdb-values.ts';
import { openPages, type Pages } from './pages.ts';

export interface Mmdb {
  /** Where the record of an address (4 or 16 bytes) lies; undefined when the table does not know it. */
  find(address: readonly number[]): number | undefined;
  /** A record by its place. */
  read(place: number): unknown;
  close(): void;
}

interface Tree {
  nodes: number;
  /** Bits of one of a node's two links. */
  linkBits: 24 | 28 | 32;
  ipVersion: 4 | 6;
  /** Bytes. */
  size: number;
}

const METADATA_MARK = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
const METADATA_MAX = 128 * 1024;
/** Zeros between the tree and the records. */
const GAP = 16;

/** Throws an Error when the file cannot be used; so do the functions of its answer. */
export function openMmdb(path: string): Mmdb {
  const pages = openPages(path);
  try {
    const tree = readTree(pages);
    const ipv4Root = tree.ipVersion === 6 ? descend(pages, tree, 0, Array<number>(12).fill(0)) : 0;
    return {
      find(address) {
        if (address.length === 16 && tree.ipVersion === 4) return undefined;
        const end = descend(pages, tree, address.length === 4 ? ipv4Root : 0, address);
        return end > tree.nodes ? end - tree.nodes + tree.size : undefined;
      },
      read: place => readValue(pages, place, tree.size + GAP),
      close: () => pages.close(),
    };
  } catch (error) {
    pages.close();
    throw error;
  }
}

/** Follows the bits from a node on, as far as the tree goes. */
function descend(pages: Pages, { nodes, linkBits }: Tree, from: number, address: readonly number[]): number {
  let node = from;
  for (let bit = 0; bit < address.length * 8 && node < nodes; bit++) {
    const byte = address[bit >> 3] ?? 0;
    node = link(pages, linkBits, node, byte & (0x80 >> (bit & 7)));
  }
  return node;
}

/** The left link of a node, or, where `right` is not 0, the other one. */
function link(pages: Pages, bits: Tree['linkBits'], node: number, right: number): number {
  const start = (node * bits) / 4;
  if (bits !== 28) return unsigned(pages, right ? start + bits / 8 : start, bits / 8);
  // The byte in the middle holds the highest four bits of both.
  const middle = pages.byte(start + 3);
  return right
    ? (middle & 15) * 2 ** 24 + unsigned(pages, start + 4, 3)
    : (middle >> 4) * 2 ** 24 + unsigned(pages, start, 3);
}

function unsigned(pages: Pages, at: number, bytes: number): number {
  let number = 0;
  for (let i = 0; i < bytes; i++) number = number * 256 + pages.byte(at + i);
  return number;
}

/** What the metadata at the end of the file say of its tree. */
function readTree(pages: Pages): Tree {
  const tail = Math.max(0, pages.size - METADATA_MAX);
  const mark = pages.slice(tail, pages.size - tail).lastIndexOf(METADATA_MARK);
  if (mark < 0) throw new Error('it is not a MaxMind DB file');
  const start = tail + mark + METADATA_MARK.length;
  const metadata = readValue(pages, start, start) as Record<string, unknown> | null;
  const { node_count: nodes, record_size: linkBits, ip_version: ipVersion } = metadata ?? {};
  if (!Number.isSafeInteger(nodes) || !(linkBits === 24 || linkBits === 28 || linkBits === 32)) {
    throw new Error('its metadata are damaged');
  }
  const size = (Number(nodes) * linkBits) / 4;
  if (size + GAP > tail + mark) throw new Error('it is cut short');
  return { nodes: Number(nodes), linkBits, ipVersion: ipVersion === 4 ? 4 : 6, size };
}
