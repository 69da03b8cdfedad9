/** `GET .../script.js`: the tracker, compressed once, with an ETag so that a browser asks for it once in an hour. */
import { hash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Handler } from './respond.ts';

export function scriptHandler(script: string): Handler {
  const plain = Buffer.from(script);
  const gzipped = gzipSync(plain, { level: 9 });
  /** Weak: it stands for both encodings. */
  const etag = `W/"${hash('sha256', script, 'base64url').slice(0, 16)}"`;
  const caching = [
    ...['Cache-Control', 'public, max-age=3600'],
    ...['ETag', etag],
    ...['Vary', 'Accept-Encoding'],
    ...['Access-Control-Allow-Origin', '*'],
    ...['Cross-Origin-Resource-Policy', 'cross-origin'],
  ];
  const type = ['Content-Type', 'text/javascript; charset=utf-8', 'X-Content-Type-Options', 'nosniff'];

  return ({ headers }, response) => {
    if (matches(headers['if-none-match'] ?? '', etag)) {
      response.writeHead(304, caching).end();
      return;
    }
    const packed = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:,|$))/.test(String(headers['accept-encoding'] ?? ''));
    const body = packed ? gzipped : plain;
    const encoding = packed ? ['Content-Encoding', 'gzip'] : [];
    response.writeHead(200, [...type, ...encoding, 'Content-Length', String(body.length), ...caching]);
    response.end(body);
  };
}

/** The comparison of If-None-Match is weak. */
const matches = (asked: string, etag: string): boolean =>
  asked === '*' || asked.split(',').some(tag => tag.trim().replace(/^W\//, '') === etag.slice(2));
