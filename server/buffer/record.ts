/**
 * One record of the spool: CRC-32 (4 bytes, little endian), payload length (4), payload (UTF-8). The checksum covers
 * the length too, so neither a flipped length nor a run of zeros passes for a record.
 */
import { crc32 } from 'node:zlib';
import { MAX_PAYLOAD } from './group-commit.ts';

export const RECORD_HEADER = 8;

/** Payloads as records, one after the other. */
export function encodeRecords(payloads: readonly string[]): Buffer {
  const size = payloads.reduce((sum, payload) => sum + RECORD_HEADER + Buffer.byteLength(payload), 0);
  const buffer = Buffer.allocUnsafe(size);
  let at = 0;
  for (const payload of payloads) {
    const length = buffer.write(payload, at + RECORD_HEADER);
    const end = at + RECORD_HEADER + length;
    buffer.writeUInt32LE(length, at + 4);
    buffer.writeUInt32LE(crc32(buffer.subarray(at + 4, end)), at);
    at = end;
  }
  return buffer;
}

/** Where the record at `at` ends; undefined if no whole and sound one stands in buffer[at, limit). */
export function recordEnd(buffer: Buffer, at: number, limit: number): number | undefined {
  if (limit - at < RECORD_HEADER) return undefined;
  const length = buffer.readUInt32LE(at + 4);
  const end = at + RECORD_HEADER + length;
  if (length > MAX_PAYLOAD || end > limit) return undefined;
  return crc32(buffer.subarray(at + 4, end)) === buffer.readUInt32LE(at) ? end : undefined;
}
