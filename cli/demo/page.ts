/** The page at `/demo`: the tracker on it is the real one, so a visit shows in the report at once. */
import { DEMO_SITE } from './history.ts';

/** `commands`: lines for a terminal that show what the page sends. */
export const demoPage = (commands: string[]): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Paper boat</title>
<style>
  body { font: 18px/1.6 system-ui, sans-serif; max-width: 34em; margin: 3em auto; padding: 0 1em; color: #223 }
  code { background: #eef; padding: .1em .3em; border-radius: .2em }
  button { font: inherit; padding: .3em .9em }
</style>
<script async src="script.js" data-site-id="${DEMO_SITE}"></script>
<h1>Paper boat</h1>
<p>You are being counted: one pageview of <code>/demo</code>, no cookie, no address kept.</p>
<p><button onclick="muntra.track('fold', { paper: 'kraft' })">Fold a boat</button> sends the event <code>fold</code>.
<button onclick="history.pushState(null, '', 'demo/page-' + ++this.value)" value="0">Next page</button> is a route of a
single-page application.</p>
<p>Then look, in a terminal:</p>
<ul>${commands.map(line => `\n  <li><code>${escaped(line)}</code>`).join('')}
</ul>
</html>
`;

const escaped = (text: string): string => text.replace(/[&<]/g, found => (found === '&' ? '&amp;' : '&lt;'));
