import { defineConfig } from 'vitest/config';

/** Suites that need the Temporal server of the run; all others start without waiting for it. */
const ON_TEMPORAL = [
  'test/workflows/**/*.test.ts',
  'test/e2e/**/*.test.ts',
  'test/production/**/*.test.ts',
  'test/replay/**/*.test.ts',
  'test/conformance/**/*.test.ts',
];

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    // Generous: two cores are shared by two workers and all that they start.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: ['default', './test/counts-reporter.ts'],
    projects: [
      {
        extends: true,
        test: { name: 'parts', include: ['test/**/*.test.ts'], exclude: ON_TEMPORAL },
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
    ],
  },
});
