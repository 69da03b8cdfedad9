// biome-ignore-all lint/style/useTemplate: larger
// biome-ignore-all lint/complexity/useOptionalChain: newer than the browsers that are to be counted
/**
 * The script that pages load. It tells the collector what came before a reader's eyes: a view for each URL, custom
 * events, and when the page is left an engagement report, whose arrival makes the visit last until then. It never
 * throws into the page. `docs/tracker.md` is its manual.
 *
 * `build.ts` holds it to its size. Where a construct is unusual it is the one that is smaller after gzip, and so is the
 * order of what could stand in any order: please do not sort.
 */

type Call = Iterable<unknown>;

interface Queue {
  push(call: Call): unknown;
  splice(start: number): Call[];
}

interface Window {
  /** The page's stub, whose `q` keeps the calls until this script comes, or this script's own with `q` 0. */
  muntra?: { q?: Queue; track(name: string, data?: object): void };
}

// The first tag that names a site counts: document.currentScript is null in modules and where a loader runs the text.
for (const { src, dataset: options } of document.scripts) {
  const browser: Navigator & { globalPrivacyControl?: boolean } = navigator;

  /** Counts the page if it is seen now (a prerendered one is hidden, too), and each URL once unless it is `restored`. */
  const look = (restored?: unknown): void => {
    const url = new URL(location as unknown as URL);
    if (options.hash == null) url.hash = '';
    if (document.hidden || (!restored && url.href === seen)) return;
    referrer = seen || document.referrer;
    seen = url.href;
    report([]);
    // biome-ignore lint/suspicious/noAssignInExpressions: from the first view on, calls are not kept but sent
    queue.splice(0).map((queue.push = report));
  };

  let ignored: unknown;
  /** URL of the last view. */
  let seen: string | undefined;

  const report = ([name, data]: Call): void => {
    try {
      // Without data-respect the patterns meet the word "undefined". Only '1' of doNotTrack's texts is above 0.
      ignored =
        (/dnt/.test(options.respect as string) && (browser.doNotTrack as unknown as number) > 0) ||
        (/gpc/.test(options.respect as string) && browser.globalPrivacyControl) ||
        localStorage['muntra.ignore'];
    } catch {
      // A page that may not use storage holds no wish to be ignored.
    }
    try {
      const body = JSON.stringify({
        url: seen,
        referrer,
        data,
        name,
        language: browser.language,
        viewport: innerWidth + 'x' + innerHeight,
        timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
        // true for a robot that says so; the collector lists it among the filtered.
        webdriver: browser.webdriver,
        screen: screen.width + 'x' + screen.height,
        title: document.title,
        pixel_ratio: devicePixelRatio,
        site_id: options.siteId,
      });
      const collect = options.endpoint || new URL('collect', src);
      // A text goes as text/plain, which costs no preflight. A beacon is refused (false) when too many are on their way.
      ignored ||
        (browser.sendBeacon && browser.sendBeacon(collect, body)) ||
        fetch(collect, { method: 'POST', keepalive: true, body }).catch(error => error);
    } catch {
      // Data that JSON cannot hold, or a browser that cannot send.
    }
  };

  const watch =
    <Change extends unknown[]>(original: (...change: Change) => void) =>
    (...change: Change): void =>
      look(original.apply(history, change));

  let referrer: string | undefined;
  const { q: queue = [] }: Partial<NonNullable<Window['muntra']>> = self.muntra || {};

  if (options.siteId && queue) {
    self.muntra = { q: 0 as never, track: (...call) => queue.push(call) };
    look();
    addEventListener('pageshow', event => look(event.persisted));
    addEventListener('popstate', _event => look());
    addEventListener('visibilitychange', _event => (document.hidden ? report(['engagement']) : look()));
    history.pushState = watch(history.pushState);
    history.replaceState = watch(history.replaceState);
  }
}
