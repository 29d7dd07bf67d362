import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

// Two projects: unit tests stand beside the code and need no server; the tests in test/ cross rooms and share
// one Temporal dev server, started once by test/support/global-setup.ts.
const soak = process.env['PERENNIAL_SOAK'] === '1';

export default defineConfig({
  // As tsconfig.json has it: by name, the sources are imported.
  resolve: {
    alias: [
      { find: /^perennial$/, replacement: resolve('client/index.ts') },
      { find: /^perennial\/stats$/, replacement: resolve('stats/index.ts') },
    ],
  },
  test: {
    pool: 'forks',
    // Three on two processors: a good part of a test is waiting for other processes.
    maxWorkers: 3,
    // Temporal loads the payload converter by `require`, and worker threads start from TypeScript sources.
    execArgv: ['--import', 'tsx'],
    reporters: ['default', './test/support/count-reporter.ts'],
    testTimeout: soak ? 3_600_000 : 60_000,
    hookTimeout: 180_000,
    // Waiting for a state is never a matter of speed: a slow machine takes longer, it does not fail.
    expect: { poll: { timeout: 60_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: ['node_modules/**', 'dist/**', 'test/**'],
          // Modules are loaded once for each worker, not once for each file: half of the time of these tests.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: ['test/**/*.test.ts'],
          globalSetup: ['test/support/global-setup.ts'],
          testTimeout: soak ? 3_600_000 : 180_000,
        },
      },
    ],
  },
});
