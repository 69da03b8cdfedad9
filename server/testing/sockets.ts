/** Raw sockets, for what no HTTP client would send. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Resolves when it is connected; its errors are the server's right. */
export async function openSocket(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** What still comes until the connection is closed, or broken off. */
export async function restOf(socket: Socket): Promise<string> {
  let received = '';
  socket.setEncoding('latin1').on('data', data => {
    received += data;
  });
  if (!socket.closed) await new Promise(resolve => socket.once('close', resolve));
  return received;
}
