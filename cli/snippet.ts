/** The tag that a page carries to be counted. */
import { MuntraError } from '../server/errors.ts';
import type { Connection } from './connection.ts';
import type { Context } from './context.ts';

/**
 * Prints the tag for the address where the server is seen from the web: as `--url` gives it, else MUNTRA_PUBLIC_URL, else
 * the server's own, and says so where no visitor could reach that.
 */
export function printTag({ print, say }: Context, site: string, url: string | undefined, server: Connection): void {
  const address = url ?? (server.publicUrl || server.url);
  print([[{ text: trackerTag(site, address) }]]);
  if (url !== undefined || !isLoopback(address)) return;
  const text = 'Browsers elsewhere cannot reach that address: give the public one, MUNTRA_PUBLIC_URL or --url';
  say([[{ text, style: 'faint' }]]);
}

/** `https://example.com/muntra/` -> `<script defer src="https://example.com/muntra/script.js" ...`. */
export function trackerTag(site: string, address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new MuntraError('usage', `"${address}" is not a web address`, '--url https://example.com/muntra/');
  }
  const script = `${url.origin}${url.pathname.replace(/\/*$/, '/')}script.js`;
  return `<script defer src="${attribute(script)}" data-site-id="${attribute(site)}"></script>`;
}

const isLoopback = (url: string): boolean => /^(127\.|localhost$|\[::1\])/.test(new URL(url).hostname);

function attribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
