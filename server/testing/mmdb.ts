/** Writes small MaxMind DB files, as the makers of tables do. */
import { addressBytes } from '../ingest/address.ts';

type Value = string | number | Value[] | { [key: string]: Value };

interface Shape {
  linkBits?: 24 | 28 | 32;
  ipVersion?: 4 | 6;
}

/** A leaf's place among the records, or the two links of a node; undefined: not known. */
type Node = { record: number } | [Node | undefined, Node | undefined];

const EMPTY = Buffer.alloc(0);
const MARK = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');

/** Of records by network, `{'192.0.2.0/24': {country: {iso_code: 'SE'}}}`; networks may not overlap. */
export function mmdb(records: Record<string, Value>, { linkBits = 24, ipVersion = 6 }: Shape = {}): Buffer {
  const root: Node = [undefined, undefined];
  let data = EMPTY;
  for (const [network, record] of Object.entries(records)) {
    plant(root, networkBits(network, ipVersion), data.length);
    data = Buffer.concat([data, encode(record)]);
  }
  const nodes = flatten(root);
  const metadata = {
    binary_format_major_version: 2,
    node_count: nodes.length,
    record_size: linkBits,
    ip_version: ipVersion,
  };
  const tree = nodes.map(node => links(node, nodes, linkBits));
  return Buffer.concat([...tree, Buffer.alloc(16), data, MARK, encode(metadata)]);
}

/** `0` and `1` for each bit; IPv4 lies under 96 zeros in a tree for both. */
function networkBits(network: string, ipVersion: 4 | 6): number[] {
  const [ip = '', prefix = ''] = network.split('/');
  const bytes = addressBytes(ip) ?? [];
  const bits = bytes.flatMap(byte => [...byte.toString(2).padStart(8, '0')].map(Number)).slice(0, Number(prefix));
  return bytes.length === 4 && ipVersion === 6 ? [...Array<number>(96).fill(0), ...bits] : bits;
}

function plant(root: [Node | undefined, Node | undefined], bits: number[], record: number): void {
  let node = root;
  bits.forEach((bit, i) => {
    if (i === bits.length - 1) node[bit] = { record };
    else node[bit] ??= [undefined, undefined];
    const next = node[bit];
    if (Array.isArray(next)) node = next;
  });
}

function flatten(node: Node | undefined): Node[] {
  return Array.isArray(node) ? [node, ...flatten(node[0]), ...flatten(node[1])] : [];
}

function links(node: Node, nodes: Node[], bits: 24 | 28 | 32): Buffer {
  const [left = 0, right = 0] = [0, 1].map(side => {
    const next = Array.isArray(node) ? node[side] : undefined;
    if (next === undefined) return nodes.length;
    return Array.isArray(next) ? nodes.indexOf(next) : nodes.length + 16 + next.record;
  });
  const hex = (link: number): string => link.toString(16).padStart(bits / 4, '0');
  // 28 bits: the highest four of both stand between the rest.
  if (bits !== 28) return Buffer.from(hex(left) + hex(right), 'hex');
  return Buffer.from(hex(left).slice(1) + hex(left)[0] + hex(right)[0] + hex(right).slice(1), 'hex');
}

function encode(value: Value): Buffer {
  if (typeof value === 'string') return Buffer.concat([control(2, Buffer.byteLength(value)), Buffer.from(value)]);
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return Buffer.concat([control(6, 4), bytes]);
  }
  if (Array.isArray(value)) return Buffer.concat([control(11, value.length), ...value.map(encode)]);
  const entries = Object.entries(value);
  return Buffer.concat([control(7, entries.length), ...entries.flat().map(encode)]);
}

/** Types above 7 stand in a second byte; sizes above 28 behind it. */
function control(type: number, size: number): Buffer {
  const short = size < 29 ? size : size < 285 ? 29 : 30;
  const more = short === 29 ? [size - 29] : short === 30 ? [(size - 285) >> 8, (size - 285) & 255] : [];
  return Buffer.from([(type > 7 ? 0 : type << 5) | short, ...(type > 7 ? [type - 7] : []), ...more]);
}
