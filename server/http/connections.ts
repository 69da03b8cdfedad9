/**
 * What connections may hold. V8's heap is small, and what a client has sent of a request, or not read of its answers, stays
 * in it: some 30 KB with the largest headers. So connections are few, and when there is no room for another one the one goes that
 * has been without an answer for longest: it is idle, or sends slowly.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

const MAX_CONNECTIONS = 256;

/** Requests that wait on one connection. Browsers and proxies send the next one when they have the answer to the last. */
const MAX_WAITING = 16;

interface Connection {
  /** Requests without an answer yet. */
  waiting: number;
  /** Whether the last one has a body, read or not. (To keep the request itself, which knows, would make it grow old.) */
  hasBody: boolean;
  /** Counts the answers of all connections; when this one had its last. */
  answered: number;
}

/** Hands on the requests of `server` to `handle`, but for those of a connection that sends too many at once. */
export function limitConnections(
  server: Server,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): void {
  const connections = new Map<Socket, Connection>();
  let answers = 0;

  server.on('connection', (socket: Socket) => {
    if (connections.size >= MAX_CONNECTIONS) {
      const leaving = leastNeeded(connections) ?? socket;
      leaving.destroy();
      // Its close comes later, and others may come before.
      connections.delete(leaving);
      if (leaving === socket) return;
    }
    connections.set(socket, { waiting: 0, hasBody: false, answered: ++answers });
    socket.once('close', () => connections.delete(socket));
  });

  /** One function for all: a closure for each request would be garbage, and what it holds would grow old with it. */
  function onClose(this: ServerResponse): void {
    const connection = connections.get(this.req.socket);
    if (!connection) return;
    connection.waiting--;
    connection.answered = ++answers;
  }

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    const connection = connections.get(socket);
    if (!connection || socket.destroyed) return;
    if (connection.waiting === MAX_WAITING) {
      socket.destroy();
      return;
    }
    connection.waiting++;
    connection.hasBody = hasBody(request);
    response.on('close', onClose);
    handle(request, response);
  });
}

/** By its headers: `complete` is not yet true here, of no request. */
const hasBody = ({ headers }: IncomingMessage): boolean =>
  Number(headers['content-length']) > 0 || headers['transfer-encoding'] !== undefined;

/** Not who waits for us alone. Before who sends a body, such as an import, who has sent no headers. */
function leastNeeded(connections: Map<Socket, Connection>): Socket | undefined {
  const inOrder = [...connections].sort(([, a], [, b]) => a.answered - b.answered);
  const found = inOrder.find(([, { waiting }]) => waiting === 0) ?? inOrder.find(([, { hasBody }]) => hasBody);
  return found?.[0];
}
