import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.{ts,tsx}'],
    globalSetup: ['tests/support/global-setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // More than cores: half of a test's time is waiting for a process of its own. In depth they do not wait.
    maxWorkers: process.env['PGMEDIC_DEEP'] ? 2 : 3,
    // As bin/pgmedic.js has it.
    execArgv: ['--wasm-tiering-budget=180000000'],
    // A worker goes from file to file and loads the program once: a tenth of the whole time.
    isolate: false,
  },
});
