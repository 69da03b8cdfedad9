/** Questions about all sites that the token sees; what waits is stored first. */
import { sees } from '../access/access.ts';
import type { Site } from '../contract/site.ts';
import { sitesNotReady } from '../sites/site.ts';
import { readFleet, readFleetLive } from '../stats/fleet.ts';
import type { ApiRequest, ApiRoute } from './api.ts';
import { readFilters, readPeriod } from './query.ts';
import type { HttpServices } from './services.ts';

export function fleetRoutes({ flusher, now, sites, stats }: HttpServices): ApiRoute[] {
  function seen({ access }: ApiRequest): Site[] {
    if (!sites.ready) throw sitesNotReady();
    return sites.list().filter(({ id }) => sees(access, id));
  }

  return [
    {
      path: /\/api\/fleet$/,
      about: 'sites',
      question: 'fleet',
      methods: {
        GET: async request => {
          const [periodIn, filters] = [readPeriod(request.query, now()), readFilters(request.query)];
          await flusher.freshen();
          return readFleet(stats, seen(request), periodIn, filters);
        },
      },
    },
    {
      path: /\/api\/fleet\/live$/,
      about: 'sites',
      question: 'fleet_live',
      methods: {
        GET: async request => {
          const filters = readFilters(request.query);
          await flusher.freshen();
          return readFleetLive(stats, seen(request), now(), filters);
        },
      },
    },
  ];
}
