/** Sends a canary to the public address, as the browser of a visitor would send an event, and asks what became of it. */
import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import type { CanaryAnswer } from '../../server/contract/canary.ts';
import { systemCode } from '../../server/errors.ts';
import type { Client } from '../client.ts';

const PATIENCE = 10_000;
const MAX_ANSWER = 64 * 1024;

export interface Response {
  /** 0: there was none. */
  status: number;
  /** Where a redirect leads, else ''. */
  location: string;
  text: string;
  /** Why there was none: `ECONNREFUSED`, `CERT_HAS_EXPIRED` ... */
  problem: string;
}

export interface Flown {
  response: Response;
  answer: CanaryAnswer;
}

/** `publicUrl` ends with a slash. Throws what the API's client throws. */
export async function flyCanary(client: Client, publicUrl: string): Promise<Flown> {
  const { id, site } = await client.openCanary();
  const url = new URL('collect', publicUrl);
  const body = (from: string): string => JSON.stringify({ site_id: site, name: id, from });
  const response = await ask(url, 'POST', body);
  return { response, answer: await client.canary(id) };
}

/** One request over a connection of its own. `body` is given the address that we have on that connection. Never throws. */
export function ask(url: URL, method: 'GET' | 'POST', body: (from: string) => string): Promise<Response> {
  const request = url.protocol === 'https:' ? tlsRequest : plainRequest;
  const connected = url.protocol === 'https:' ? 'secureConnect' : 'connect';
  // The Origin of a page beside which the proxy serves Muntra.
  const headers = { origin: url.origin, 'user-agent': 'muntra', 'content-type': 'text/plain;charset=UTF-8' };
  return new Promise(resolve => {
    const none = (problem: string): void => resolve({ status: 0, location: '', text: '', problem });
    const asked = request(url, { method, headers, agent: false, timeout: PATIENCE }, response => {
      let text = '';
      const { statusCode: status = 0, headers } = response;
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text = (text + chunk).slice(0, MAX_ANSWER);
      });
      response.on('end', () => resolve({ status, location: headers.location ?? '', text, problem: '' }));
      response.on('error', () => none('the answer broke off'));
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer within 10 seconds')));
    asked.on('error', error => none(systemCode(error) || error.message));
    asked.on('socket', socket => socket.once(connected, () => asked.end(body(plain(socket.localAddress ?? '')))));
  });
}

/** As the server writes addresses: IPv4 on a socket for both without its prefix. */
const plain = (address: string): string => address.replace(/^::ffff:(?=.*\.)/, '');
