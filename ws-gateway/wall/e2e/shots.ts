// Takes the screenshots of docs/screens from a running engine (IOC_URL, IOC_TOKEN) or the mock.

import { chromium } from 'playwright-core';
import { CHROMIUM, FLAGS, wallUrl } from './browser';

const target = process.argv[2] ?? '../../docs/screens';
const only = process.argv[3];
const SHOTS = [
  { name: 'province-1080p', query: 'screen=province', width: 1920, height: 1080 },
  { name: 'desk-1080p', query: 'screen=desk', width: 1920, height: 1080, pick: true },
  { name: 'province-2160p', query: 'screen=province', width: 3840, height: 2160 },
  { name: 'desk-2160p', query: 'screen=desk', width: 3840, height: 2160, pick: true },
  { name: 'province-light-1080p', query: 'screen=province&theme=light&lang=en', width: 1920, height: 1080 },
  { name: 'desk-dark-1080p', query: 'screen=desk&theme=dark&lang=en', width: 1920, height: 1080, pick: true },
];

const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
for (const { name, query, width, height, pick } of SHOTS) {
  if (only !== undefined && !name.startsWith(only)) continue;
  const page = await browser.newPage({ viewport: { width, height } });
  page.on('pageerror', (error) => console.error(name, error.message));
  page.on('console', (message) => message.type() === 'error' && console.error(name, message.text()));
  await page.goto(wallUrl(query));
  await page.getByTestId('load-strip').waitFor();
  await page.waitForFunction(() => document.querySelector('[data-testid=link-banner]') === null);
  if (pick === true) await page.getByTestId('alert-row').first().click();
  // Long enough for a trend to have a line.
  await page.waitForTimeout(Number(process.env['SETTLE_MS'] ?? 8_000));
  await page.screenshot({ path: `${target}/${name}.png` });
  await page.close();
  console.log(name);
}
await browser.close();
