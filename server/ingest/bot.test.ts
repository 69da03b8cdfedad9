/** How many robots of a public list are noticed, and how many browsers of another are taken for one. */
import crawlers from 'crawler-user-agents';
import UserAgent from 'user-agents';
import { expect, test } from 'vitest';
import { readAgent } from './agent.ts';

const BROWSERS = 10_000;

test('robots are noticed and browsers are not taken for them', () => {
  const robots = crawlers.flatMap(({ instances }) => instances);
  const noticed = robots.filter(agent => readAgent(agent).bot).length;
  const random = new UserAgent();
  const browsers = Array.from({ length: BROWSERS }, () => random.random().toString());
  const mistaken = browsers.filter(agent => readAgent(agent).bot);
  const recall = noticed / robots.length;
  process.stdout.write(
    `robots noticed: ${noticed} of ${robots.length} (${(recall * 100).toFixed(1)} %), ` +
      `browsers taken for robots: ${mistaken.length} of ${BROWSERS}\n`,
  );
  expect(recall).toBeGreaterThan(0.99);
  expect(mistaken).toEqual([]);
});
