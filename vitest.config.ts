import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** `unit` needs nothing but Node; `engine` starts one real Docker Engine for all its files (test/env/global-setup.ts). */
export default defineConfig({
  test: {
    // Files wait for engines more than they compute: the default, one less than there are processors, leaves those idle.
    maxWorkers: Math.max(3, availableParallelism()),
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'web/**/*.test.ts', 'scripts/**/*.test.ts'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'engine',
          include: ['test/**/*.test.ts'],
          globalSetup: ['test/env/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
    coverage: { provider: 'v8', include: ['src/**/*.ts'], exclude: ['src/**/*.test.ts', 'src/**/*.contract.ts'] },
  },
});
