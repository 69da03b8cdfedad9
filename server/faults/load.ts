/**
 * A steady load of numbered events over keep-alive connections, and what became of each number: the witness of
 * "204 means kept" and "exactly once".
 */
import { Agent, request } from 'node:http';

/** Each number that was sent is in exactly one of the three. */
export interface Outcomes {
  /** Answered with 204. */
  acknowledged: number[];
  /** Answered with anything else: status by number. */
  refused: Map<number, number>;
  /** The connection broke, or nothing listened, before an answer. */
  unanswered: number[];
}

export interface Load {
  readonly outcomes: Outcomes;
  /** No new numbers; resolves when the last one has its outcome. */
  stop(): Promise<Outcomes>;
}

const TICK = 10;
const MAX_IN_FLIGHT = 256;
const CONNECTIONS = 16;
const USER_AGENT = 'Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36';

/** `rate` numbers a second, from 0; less while the answers are slow. */
export function startLoad(options: { port: number; site: string; rate: number }): Load {
  const outcomes: Outcomes = { acknowledged: [], refused: new Map(), unanswered: [] };
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const started = performance.now();
  let next = 0;
  let inFlight = 0;
  let due = 0;

  function send(number: number): void {
    const body = JSON.stringify({ site_id: options.site, url: `https://example.com/n/${number}` });
    const headers = {
      'content-type': 'text/plain',
      'content-length': Buffer.byteLength(body),
      origin: 'https://example.com',
      'user-agent': USER_AGENT,
      'x-forwarded-for': `203.0.113.${number % 250}`,
    };
    inFlight++;
    const call = request({ port: options.port, host: '127.0.0.1', method: 'POST', path: '/collect', agent, headers });
    let answered = false;
    call.on('response', response => {
      answered = true;
      if (response.statusCode === 204) outcomes.acknowledged.push(number);
      else outcomes.refused.set(number, response.statusCode ?? 0);
      response.resume();
    });
    // A connection may break after its answer: then the answer counts.
    call.on('error', () => {});
    call.on('close', () => {
      inFlight--;
      if (!answered) outcomes.unanswered.push(number);
    });
    call.end(body);
  }

  const timer = setInterval(() => {
    const elapsed = performance.now() - started;
    while (due < (elapsed * options.rate) / 1000) {
      due++;
      if (inFlight < MAX_IN_FLIGHT) send(next++);
    }
  }, TICK);

  return {
    outcomes,
    async stop() {
      clearInterval(timer);
      while (inFlight > 0) await new Promise(resolve => setTimeout(resolve, TICK));
      agent.destroy();
      return outcomes;
    },
  };
}
