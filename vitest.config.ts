import { defineConfig } from 'vitest/config';

/** Suites that need the Temporal server of the run; all others start without waiting for it. */
const ON_TEMPORAL = [
  'test/workflows/**/*.test.ts',
  'test/e2e/**/*.test.ts',
  'test/production/**/*.test.ts',
  'test/replay/**/*.test.ts',
  'test/chaos/short.test.ts',
  'test/rollouts/**/*.test.ts',
];
/** Marathon's own rows against the real service, and a fuzzer against the API's document: `npm run test:conformance`, and part of `npm run verify`. */
const CONFORMANCE = ['test/conformance/**/*.test.ts', 'test/fuzz/**/*.test.ts'];

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    // Generous: two cores are shared by two workers and all that they start.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Real servers on a shared machine: a test that fails there is tried again, and reported as flaky when it then passes.
    retry: process.env.CI ? 2 : 0,
    reporters: ['default', './test/counts-reporter.ts'],
    projects: [
      {
        extends: true,
        test: { name: 'parts', include: ['test/**/*.test.ts'], exclude: [...ON_TEMPORAL, ...CONFORMANCE] },
      },
      {
        extends: true,
        test: {
          name: 'temporal',
          include: ON_TEMPORAL,
          globalSetup: ['test/temporal-setup.ts'],
          setupFiles: ['test/quiet-temporal.ts'],
        },
      },
      {
        extends: true,
        test: { name: 'conformance', include: CONFORMANCE, globalSetup: ['test/temporal-setup.ts'] },
      },
    ],
  },
});
