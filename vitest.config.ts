import { defineConfig } from 'vitest/config';
import { assets } from './cli/executable/assets.ts';

export default defineConfig({
  plugins: [assets()],
  test: {
    include: ['{cli,server,schema,tracker}/**/*.test.ts'],
    globalSetup: ['server/testing/cluster.ts'],
    // Long enough for a slow day: a test that hangs is red all the same.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Real browsers, disks and processes on a shared machine: what came too late there is tried once more, and shown.
    retry: process.env.CI ? 1 : 0,
    // Two cores: more workers than that only wait for each other's processes.
    maxWorkers: 2,
  },
});
