import { defineConfig } from '@playwright/test';
import { BASE, CHROMIUM, FLAGS } from './e2e/browser';

// Without IOC_URL the mock is tested against; with it (and IOC_TOKEN) any engine, real or not.
const own = process.env['IOC_URL'] === undefined;

export default defineConfig({
  testDir: 'e2e',
  testMatch: '*.spec.ts',
  workers: 1,
  timeout: 60_000,
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    viewport: { width: 1920, height: 1080 },
    launchOptions: { executablePath: CHROMIUM, args: FLAGS },
  },
  ...(own ? { webServer: { command: 'npm run -s build && npm run -s mock', url: BASE, reuseExistingServer: true } } : {}),
});
