// Takes the screenshots of docs/screens from a running engine (IOC_URL, IOC_TOKEN) or the mock: `quiet` before anything
// happens in the demo, `alarm` when much has.

import { chromium } from 'playwright-core';
import { CHROMIUM, FLAGS, wallUrl } from './browser';
import { Tap } from './wall';

interface Shot {
  name: string;
  query: string;
  state: 'quiet' | 'alarm';
  size?: [number, number];
  pick?: true;
  lost?: true;
}

const FULL: [number, number] = [1920, 1080];
const FOUR_K: [number, number] = [3840, 2160];
const SHOTS: Shot[] = [
  { name: 'quiet-1080p', query: 'screen=province&kiosk=1', state: 'quiet' },
  { name: 'province-1080p', query: 'screen=province', state: 'alarm' },
  { name: 'province-2160p', query: 'screen=province&kiosk=1', state: 'alarm', size: FOUR_K },
  { name: 'province-light-1080p', query: 'screen=province&theme=light&lang=en', state: 'alarm' },
  { name: 'network-1080p', query: 'screen=network&lang=en', state: 'alarm' },
  { name: 'weather-1080p', query: 'screen=weather', state: 'alarm' },
  { name: 'streets-1080p', query: 'screen=streets', state: 'alarm' },
  { name: 'services-1080p', query: 'screen=services&lang=en', state: 'alarm' },
  { name: 'desk-1080p', query: 'screen=desk', state: 'alarm', pick: true },
  { name: 'desk-2160p', query: 'screen=desk', state: 'alarm', size: FOUR_K, pick: true },
  { name: 'desk-dark-1080p', query: 'screen=desk&theme=dark&lang=en', state: 'alarm', pick: true },
  { name: 'link-lost-1080p', query: 'screen=province', state: 'alarm', lost: true },
];

const [target = '../../docs/screens', state = 'alarm', only = ''] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
const wanted = SHOTS.filter((shot) => shot.state === state && shot.name.startsWith(only));
// A few at a time: screens that starve each other show what the machine lacks, not what the wall does.
while (wanted.length > 0) await Promise.all(wanted.splice(0, 3).map(take));
await browser.close();

async function take({ name, query, size: [width, height] = FULL, pick, lost }: Shot): Promise<void> {
  const page = await browser.newPage({ viewport: { width, height } });
  page.on('pageerror', (error) => console.error(name, error.message));
  page.on('console', (message) => message.type() === 'error' && console.error(name, message.text()));
  const tap = await Tap.on(page);
  await page.goto(wallUrl(query));
  await page.locator('.screen').waitFor();
  await page.waitForFunction(() => document.querySelector('[data-testid=link-banner]') === null);
  if (pick === true) await page.getByTestId('alert-row').first().click();
  // Long enough for a trend to have a line.
  await page.waitForTimeout(Number(process.env['SETTLE_MS'] ?? 60_000));
  if (lost === true) {
    tap.cut();
    await page.getByTestId('link-banner').waitFor();
  }
  await page.screenshot({ path: `${target}/${name}.png` });
  await page.close();
  console.log(name);
}
