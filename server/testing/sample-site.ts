/** A plain site; a test says only what matters to it. */
import type { Site } from '../contract/site.ts';

export function sampleSite(given: Partial<Site> = {}): Site {
  return { id: 'mysite', origins: [], timezone: 'UTC', retention: null, declared: 'store', created: 0, ...given };
}
