/**
 * Addresses that lie somewhere: those of IANA's registries of special purposes are in every network and in none. Tables
 * made of the registries' lists give some of them a country all the same.
 */

const RESERVED_IPV4 = [
  { start: 0x00000000, bits: 8 },
  { start: 0x0a000000, bits: 8 },
  { start: 0x64400000, bits: 10 },
  { start: 0x7f000000, bits: 8 },
  { start: 0xa9fe0000, bits: 16 },
  { start: 0xac100000, bits: 12 },
  { start: 0xc0000000, bits: 24 },
  { start: 0xc0000200, bits: 24 },
  { start: 0xc0a80000, bits: 16 },
  { start: 0xc6120000, bits: 15 },
  { start: 0xc6336400, bits: 24 },
  { start: 0xcb007100, bits: 24 },
  { start: 0xe0000000, bits: 3 },
];

/** Of 4 or 16 bytes. */
export function isPublic(bytes: readonly number[]): boolean {
  const first = (bytes[0] ?? 0) * 2 ** 24 + (bytes[1] ?? 0) * 2 ** 16 + (bytes[2] ?? 0) * 2 ** 8 + (bytes[3] ?? 0);
  if (bytes.length === 4)
    return !RESERVED_IPV4.some(({ start, bits }) => first >>> (32 - bits) === start >>> (32 - bits));
  // IPv6: only 2000::/3 is given out, without the 2001:db8::/32 of documents.
  return first >>> 29 === 1 && first !== 0x20010db8;
}
