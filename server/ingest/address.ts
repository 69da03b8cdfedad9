/** IP addresses as numbers, for those who compute with them. */
import { isIP } from 'node:net';

/** 4 or 16 bytes; null for what is no address. The zone of `fe80::1%eth0` is left out. */
export function addressBytes(ip: string): number[] | null {
  const version = isIP(ip);
  if (version === 0) return null;
  return version === 4 ? ip.split('.').map(Number) : ipv6Bytes(ip.replace(/%.*$/, ''));
}

function ipv6Bytes(ip: string): number[] {
  const [head = '', tail = ''] = ip.split('::');
  const left = groupBytes(head);
  const right = groupBytes(tail);
  return [...left, ...Array<number>(16 - left.length - right.length).fill(0), ...right];
}

/** The last group may be an IPv4 address, as in `::ffff:192.0.2.1`. */
function groupBytes(groups: string): number[] {
  if (groups === '') return [];
  return groups.split(':').flatMap(group => {
    if (group.includes('.')) return group.split('.').map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}
