// How much memory a screen holds after how long: the heap after a forced collection, once a minute, of the wall and the desk
// side by side. MINUTES (10) on IOC_URL and IOC_TOKEN, or on the mock.

import { chromium, type CDPSession } from 'playwright-core';
import { CHROMIUM, FLAGS, wallUrl } from './browser';

const minutes = Number(process.env['MINUTES'] ?? 10);
const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
const sessions: { name: string; session: CDPSession }[] = [];
for (const name of ['province', 'desk']) {
  const context = await browser.newContext({ viewport: { width: 1920, height: 1080 } });
  const page = await context.newPage();
  await page.goto(wallUrl(`screen=${name}`));
  await page.getByTestId('load-strip').waitFor();
  if (name === 'desk') await page.getByTestId('alert-row').first().click({ timeout: 120_000 });
  sessions.push({ name, session: await context.newCDPSession(page) });
}

const MEGABYTE = 1024 * 1024;
for (let minute = 0; minute <= minutes; minute += 1) {
  const told: string[] = [];
  for (const { name, session } of sessions) {
    const before = (await session.send('Runtime.getHeapUsage')) as { usedSize: number };
    await session.send('HeapProfiler.collectGarbage');
    const after = (await session.send('Runtime.getHeapUsage')) as { usedSize: number };
    const { nodes } = (await session.send('Memory.getDOMCounters')) as { nodes: number };
    told.push(`${name} ${(before.usedSize / MEGABYTE).toFixed(1)} MB, collected ${(after.usedSize / MEGABYTE).toFixed(1)} MB, ${nodes} nodes`);
  }
  console.log(`minute ${minute}: ${told.join(' | ')}`);
  if (minute < minutes) await new Promise((resolve) => setTimeout(resolve, 60_000));
}
await browser.close();
