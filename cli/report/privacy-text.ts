/** The text for the privacy page of a site, by what the server keeps. It promises nothing that Muntra does not do by itself. */
import type { PrivacyAnswer } from '../../server/contract/privacy.ts';
import { counted } from '../output/format.ts';

/** Paragraphs, with an empty line between them. */
export function privacyText({ stored, retention }: PrivacyAnswer): string {
  const columns = new Set(stored.map(({ column }) => column));
  const place = ['country', 'region', 'city'].filter(kind => columns.has(kind));
  return [
    `We count the visits to this website with Muntra, a program on a server of our own. It sets no cookies and stores nothing on \
your device.`,
    `For each page that you view, and for some of the things that you do on it, we store: the time, the address of the page, the page \
of another website that you came from, ${list(place.map(kind => `your ${kind}`))}, the name and the version of your browser and of your operating \
system, the kind of your device, the size of your screen and of the window, and the language and the time zone of your browser.`,
    `We do not store your IP address. When your browser sends a view, the address is looked up in a table on our server to find your \
${list(place)}. From the address, the description that your browser gives of itself and a random number we compute a code, which tells us \
whether two views of one day are by the same visitor. Then the address is forgotten. The random number is replaced at midnight UTC \
and the old one is destroyed: from then on nobody, we included, can find out whose code it was, or link your visits of \
different days.`,
    keptText(retention),
  ].join('\n\n');
}

/** `a`, `a and b`, `a, b and c` */
function list(words: string[]): string {
  const last = words.at(-1) ?? '';
  return words.length > 1 ? `${words.slice(0, -1).join(', ')} and ${last}` : last;
}

function keptText(retention: PrivacyAnswer['retention']): string {
  const days = retention.map(kept => kept.days);
  const longest = days.includes(0) || days.length === 0 ? 0 : Math.max(...days);
  const asked = 'On the day of your visit we can remove what is stored of it, if you ask us to.';
  if (longest === 0) return `We keep this without a limit of time. ${asked}`;
  return `We delete it after ${counted(longest, 'day')}, and then keep only totals, in which no visitor is. ${asked}`;
}
