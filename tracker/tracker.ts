/**
 * The script that pages load. It tells the collector what a reader saw: a view for each URL that came before their
 * eyes, custom events, and when they leave one engagement report, whose arrival makes the visit last until then.
 * It must never throw into the page. `docs/tracker.md` is its manual; `build.ts` holds it to its size.
 */

type TrackCall = [name?: string, data?: object];

interface Window {
  /** A stub of `q` and `track` until this script has loaded, the same interface afterwards. */
  muntra?: { q?: TrackCall[]; track(...call: TrackCall): void; loaded?: boolean };
}

interface Navigator {
  globalPrivacyControl?: boolean;
}

try {
  // currentScript is null in a module and where a loader evaluates the text.
  const script = (document.currentScript || document.querySelector('script[data-site-id]')) as HTMLScriptElement;
  const { siteId, endpoint, respect = '', hash } = script.dataset;
  const stub: Partial<NonNullable<Window['muntra']>> = window.muntra || {};
  /** Calls of `track` until the first view; from then on its `push` sends them at once. */
  const queue = stub.q || [];
  const refused =
    (respect.includes('gpc') && navigator.globalPrivacyControl) ||
    (respect.includes('dnt') && navigator.doNotTrack === '1');

  /** URL of the last view; empty until a reader has seen the page. */
  let seen = '';
  let referrer = document.referrer;
  /** Back from the bfcache: the URL counts again. */
  let restored = false;
  /** Since when the page is before the reader, unix milliseconds; never while it is hidden. */
  let since = Infinity;

  const send = (event: object): void => {
    try {
      if (refused || localStorage['muntra.ignore']) return;
    } catch {
      // A page without storage holds no wish to be ignored.
    }
    try {
      const url = endpoint || new URL('collect', script.src);
      // A robot is marked: the collector lists it among the filtered.
      const body = JSON.stringify({ site_id: siteId, ...event, webdriver: navigator.webdriver || undefined });
      // A string goes as text/plain, which needs no preflight. A beacon may be missing, or refused when the queue is full.
      if (!navigator.sendBeacon || !navigator.sendBeacon(url, body)) {
        fetch(url, { method: 'POST', body, keepalive: true }).catch(() => {});
      }
    } catch {
      // Data that JSON cannot hold, or a browser that cannot send.
    }
  };

  const report = (name?: string, data?: object): void =>
    send({
      url: seen,
      referrer,
      screen: `${screen.width}x${screen.height}`,
      viewport: `${innerWidth}x${innerHeight}`,
      timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      pixel_ratio: devicePixelRatio,
      language: navigator.language,
      title: document.title,
      name,
      data,
    });

  /** Counts the present URL unless it has been, as soon as it is seen; a prerendered page is hidden, too. */
  const view = (): void => {
    const url = hash == null ? (location.href.split('#')[0] as string) : location.href;
    if (document.visibilityState === 'visible' && (restored || url !== seen)) {
      restored = false;
      referrer = seen || referrer;
      seen = url;
      since = Date.now();
      report();
      queue.splice(0).forEach((queue.push = call => report(...call)));
    }
  };

  /** At most one report for each time before the reader, and none for a glance. */
  const leave = (): void => {
    if (Date.now() - since > 999) send({ url: seen, name: 'engagement' });
    since = Infinity;
  };

  if (!stub.loaded) {
    window.muntra = { q: queue, track: (...call) => queue.push(call), loaded: true };

    addEventListener('popstate', view);
    addEventListener('pagehide', leave);
    addEventListener('pageshow', event => {
      restored = event.persisted;
      view();
    });
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') {
        since = Date.now();
        view();
      } else leave();
    });
    view();

    for (const method of ['pushState', 'replaceState'] as const) {
      const original = history[method];
      history[method] = function (...change) {
        original.apply(this, change);
        view();
      };
    }
  }
} catch {
  // No tag, or a page that froze what is needed here.
}
