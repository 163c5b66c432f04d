import { defineConfig } from '@playwright/test';
import { BASE, CHROMIUM, FLAGS } from './e2e/browser';

// The mock is tested, unless ENGINE_BIN names an `ioc`, which the tests start themselves, or IOC_URL (and IOC_TOKEN) one that runs.
const engine = process.env['ENGINE_BIN'] !== undefined;
const mock = !engine && process.env['IOC_URL'] === undefined;

export default defineConfig({
  testDir: 'e2e',
  testMatch: '*.spec.ts',
  ...(engine ? { globalSetup: './e2e/engine/setup.ts' } : { testIgnore: 'engine/**' }),
  workers: 1,
  timeout: 60_000,
  globalTimeout: 600_000,
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    viewport: { width: 1920, height: 1080 },
    launchOptions: { executablePath: CHROMIUM, args: FLAGS },
  },
  ...(mock ? { webServer: { command: 'npm run -s build && npm run -s mock', url: BASE, reuseExistingServer: true } } : {}),
});
