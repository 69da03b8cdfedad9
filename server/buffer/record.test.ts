import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_PAYLOAD } from './group-commit.ts';
import { encodeRecords, RECORD_HEADER, recordEnd } from './record.ts';

test('records stand one after the other', () => {
  const payloads = ['', 'é\u0000', '漢'.repeat(1000)];
  const buffer = encodeRecords(payloads);
  const read: string[] = [];
  for (let at = 0; at < buffer.length; ) {
    const end = recordEnd(buffer, at, buffer.length) ?? Number.NaN;
    read.push(buffer.toString('utf8', at + RECORD_HEADER, end));
    at = end;
  }
  expect(read).toEqual(payloads);
});

test('a run of zeros is no record', () => {
  expect(recordEnd(Buffer.alloc(100), 0, 100)).toBeUndefined();
});

test('a length above the cap is not believed', () => {
  const buffer = encodeRecords(['x'.repeat(MAX_PAYLOAD + 1)]);
  expect(recordEnd(buffer, 0, buffer.length)).toBeUndefined();
});

test('any change or cut of a record is seen', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(), fc.integer({ min: 1, max: 255 }), (payload, where, change) => {
      const buffer = encodeRecords([payload]);
      const at = where % buffer.length;
      expect(recordEnd(buffer, 0, at)).toBeUndefined();
      buffer.writeUInt8(buffer.readUInt8(at) ^ change, at);
      expect(recordEnd(buffer, 0, buffer.length)).toBeUndefined();
    }),
  );
});
