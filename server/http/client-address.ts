/**
 * The visitor's address. Only what a trusted proxy appended to X-Forwarded-For can be believed, so the list is walked
 * from the right, as far as the addresses are those of trusted proxies. X-Real-IP and the like are never read: nothing
 * tells who wrote them.
 */
import { BlockList, isIP, isIPv6 } from 'node:net';
import { MuntraError } from '../errors.ts';

/** (address of the connection, X-Forwarded-For or '') -> the visitor's address, IPv4 never mapped into IPv6. */
export type ClientAddress = (remote: string, forwarded: string) => string;

const NAMED = new Map([
  ['loopback', ['127.0.0.0/8', '::1']],
  ['private', ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16', 'fc00::/7', 'fe80::/10']],
]);

/** No real chain of proxies is longer; a forged one shall cost no more. */
const MAX_HOPS = 16;
/** Proxies. A look into the BlockList costs a few microseconds; an address of a visitor is not kept, not even here. */
const REMEMBERED = 500;

/** Whether an address is one of `entries`, as MUNTRA_TRUSTED_PROXIES has them. Throws MuntraError `config_invalid`. */
export function addressList(entries: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const entry of entries.flatMap(name => NAMED.get(name) ?? [name])) addRange(list, entry);
  return address => list.check(plain(address), isIPv6(plain(address)) ? 'ipv6' : 'ipv4');
}

/** Throws MuntraError `config_invalid`. */
export function clientAddress(trustedProxies: readonly string[]): ClientAddress {
  const isTrusted = addressList(trustedProxies);
  const known = new Set<string>();

  function trusted(address: string): boolean {
    if (known.has(address)) return true;
    if (!isTrusted(address)) return false;
    if (known.size === REMEMBERED) known.clear();
    known.add(address);
    return true;
  }

  return (remote, forwarded) => {
    let address = plain(remote);
    let rest = forwarded;
    for (let hop = 0; hop < MAX_HOPS && rest !== '' && trusted(address); hop++) {
      const comma = rest.lastIndexOf(',');
      const next = plain(withoutPort(rest.slice(comma + 1).trim()));
      if (isIP(next) === 0) break;
      address = next;
      rest = comma < 0 ? '' : rest.slice(0, comma);
    }
    return address;
  };
}

function addRange(list: BlockList, entry: string): void {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(entry) ?? [];
  const version = isIP(address);
  const longest = version === 6 ? 128 : 32;
  const prefix = Number(bits ?? longest);
  if (version === 0 || prefix > longest) {
    throw new MuntraError(
      'config_invalid',
      `MUNTRA_TRUSTED_PROXIES "${entry}" is not an address, a range, \`loopback\` or \`private\``,
      'MUNTRA_TRUSTED_PROXIES=loopback,203.0.113.0/24',
    );
  }
  list.addSubnet(address, prefix, version === 6 ? 'ipv6' : 'ipv4');
}

/** `::ffff:192.0.2.1`, an IPv4 client on a socket for both -> `192.0.2.1`. */
const plain = (address: string): string =>
  address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;

/** Some proxies append `192.0.2.1:4711` or `[2001:db8::1]:4711`. */
function withoutPort(entry: string): string {
  const match = /^\[([^\]]+)\](?::\d+)?$|^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(entry);
  return match?.[1] ?? match?.[2] ?? entry;
}
