// How smooth the map is: times between frames at rest and while it is dragged, at 1080p and 4K. On IOC_URL and IOC_TOKEN, or
// on the mock (SCALE=35 npm run mock: 50,000 assets).

import { chromium, type Page } from 'playwright-core';
import { CHROMIUM, FLAGS, wallUrl } from './browser';

const MEASURE_MS = 8_000;
const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
for (const [width, height] of [[1920, 1080], [3840, 2160]] as const) {
  const page = await browser.newPage({ viewport: { width, height } });
  await page.goto(wallUrl('screen=province'));
  await page.getByTestId('map').waitFor();
  await page.waitForTimeout(6_000);
  console.log(`${width} × ${height} at rest:  ${await frames(page, () => page.waitForTimeout(20))}`);
  const box = await page.getByTestId('map').boundingBox();
  if (box === null) throw new Error('no map');
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  let step = 0;
  const circle = async (): Promise<void> => {
    step += 1;
    await page.mouse.move(x + (Math.sin(step / 15) * width) / 12, y + ((Math.cos(step / 15) - 1) * height) / 12);
    await page.waitForTimeout(8);
  };
  console.log(`${width} × ${height} dragged:  ${await frames(page, circle)}`);
  await page.mouse.up();
  await page.close();
}
await browser.close();

/** Does something again and again, and tells the times between the frames meanwhile. */
async function frames(page: Page, act: () => Promise<void>): Promise<string> {
  // As text: what tsx makes of a function does not run in a page.
  await page.evaluate('stamps = []; frame = (now) => { stamps.push(now); handle = requestAnimationFrame(frame); }; frame(performance.now())');
  const end = Date.now() + MEASURE_MS;
  while (Date.now() < end) await act();
  const stamps: number[] = await page.evaluate('cancelAnimationFrame(handle), stamps');
  const times = stamps.slice(1).map((stamp, i) => stamp - (stamps[i] ?? stamp)).sort((a, b) => a - b);
  const at = (share: number): string => (times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0).toFixed(1);
  return `${times.length} frames, median ${at(0.5)} ms, P95 ${at(0.95)} ms, P99 ${at(0.99)} ms, longest ${at(1)} ms`;
}
