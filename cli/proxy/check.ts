/**
 * Whether the proxy in front hands on what Muntra needs: the tracker, the events, and of each event its path, its Origin and
 * the visitor's address. Where it does not, the hint is the line to change.
 */
import type { Sighting } from '../../server/contract/canary.ts';
import type { Client } from '../client.ts';
import { type Check, failed, passed } from '../report/checks.ts';
import { ask, flyCanary, type Response } from './canary.ts';

/** `publicUrl` ends with a slash. Throws what the API's client throws. */
export async function checkProxy(client: Client, publicUrl: string): Promise<Check[]> {
  const script = await checkScript(client.connection.url, publicUrl);
  const { response, answer } = await flyCanary(client, publicUrl);
  const { seen, stored } = answer;
  if (!seen) return [script, failed('collect', ...refusal(response, publicUrl))];
  return [
    script,
    passed('collect', `${publicUrl}collect takes events`),
    checkPath(seen, publicUrl),
    checkOrigin(seen, publicUrl),
    checkAddress(seen, new URL(publicUrl).origin === new URL(client.connection.url).origin),
    stored
      ? passed('row', 'the event was stored, found and removed')
      : failed('row', 'the event came, but is not stored', 'muntra doctor'),
  ];
}

async function checkScript(server: string, publicUrl: string): Promise<Check> {
  const [own, found] = await Promise.all(
    [`${server}/script.js`, `${publicUrl}script.js`].map(url => ask(new URL(url), 'GET', () => '')),
  );
  if (found?.status === 200 && found.text === own?.text)
    return passed('script', `${publicUrl}script.js is the tracker`);
  if (found?.status === 200) {
    const hint = `pass everything below ${new URL(publicUrl).pathname} on to ${server}: muntra proxy nginx`;
    return failed('script', `${publicUrl}script.js is not the tracker of this server`, hint);
  }
  return failed('script', ...refusal(found, publicUrl));
}

/** Why a request did not get through, and what to do. */
function refusal(response: Response | undefined, publicUrl: string): [detail: string, hint: string] {
  const { status = 0, location = '', problem = '' } = response ?? {};
  const { pathname } = new URL(publicUrl);
  if (status === 0) return [`no answer: ${problem}`, 'check the address, its certificate and the firewall'];
  if (location !== '') return [`it leads to ${location}`, 'give the address where it ends, such as https://...'];
  if (status === 502 || status === 504) {
    return [
      `the proxy answers ${status}: it does not reach Muntra`,
      'check the port in the configuration of the proxy',
    ];
  }
  if (status === 204 || status === 403)
    return ['another server takes the events', 'check which server the proxy leads to, and --server'];
  return [`it is answered with ${status}`, `the proxy must pass ${pathname} on, POST included: muntra proxy nginx`];
}

function checkPath({ path }: Sighting, publicUrl: string): Check {
  const expected = new URL('collect', publicUrl).pathname;
  const cut = path === expected ? '' : ', cut by the proxy, which does no harm';
  return passed('path', `arrives as ${path}${cut}`);
}

function checkOrigin({ origin }: Sighting, publicUrl: string): Check {
  const sent = new URL(publicUrl).origin;
  if (origin === sent) return passed('origin', `arrives as ${origin}`);
  const detail = origin === '' ? 'the Origin is taken away' : `${sent} arrives as ${origin}`;
  return failed('origin', detail, 'nginx: proxy_set_header Origin $http_origin;  (or no line about Origin at all)');
}

/** `direct`: there is no proxy between the two. */
export function checkAddress({ peer, forwarded, client }: Sighting, direct: boolean): Check {
  const name = 'address';
  if (forwarded > 0 && !peer.trusted) {
    const missing = peer.network === 'public' ? '<address of the proxy>' : peer.network;
    const detail = 'the proxy tells the address, but Muntra does not trust that proxy';
    return failed(name, detail, `muntra.env: add ${missing} to MUNTRA_TRUSTED_PROXIES, and restart`);
  }
  if (forwarded === 0 && client.same && (direct || client.network !== 'loopback')) {
    return passed(name, 'arrives as your own; no proxy is in between');
  }
  if (forwarded === 0 && peer.trusted) {
    const hint = 'nginx: proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;';
    return failed(name, 'the proxy does not tell the address: all visitors look like one', hint);
  }
  if (client.same) return passed(name, 'arrives as your own');
  if (client.network === 'public') return passed(name, 'arrives as a public one');
  const hint =
    'each proxy must add to X-Forwarded-For, none replace it; or run this check from outside of that network';
  return failed(name, `arrives as one of a ${client.network} network, not as your own`, hint);
}
