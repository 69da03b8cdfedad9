/** The yardstick: the least that node:http can do with a beacon, which is to read its body and answer 204. */
import { createServer } from 'node:http';

createServer((request, response) => {
  let body = '';
  request.on('data', chunk => {
    body += chunk;
  });
  request.on('end', () => response.writeHead(body === '' ? 400 : 204).end());
}).listen(Number(process.argv[2]), '127.0.0.1', () => process.stdout.write('ready\n'));
