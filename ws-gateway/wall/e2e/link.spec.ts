import { expect, test } from '@playwright/test';
import { banner, open, Tap } from './wall';

test('a dead link is told within 5 s with the age of the picture, which stays; it goes after the catch-up', async ({ page }) => {
  const tap = await Tap.on(page);
  await open(page, 'screen=province');
  const before = await page.getByTestId('tile').count();
  tap.cut();
  await expect(banner(page)).toBeVisible({ timeout: 5_000 });
  await expect(banner(page)).toContainText(/\d\d:\d\d:\d\d/);
  expect(await page.getByTestId('tile').count()).toBe(before);
  const sentBefore = tap.sent.length;
  tap.restore();
  await expect(banner(page)).toBeHidden({ timeout: 30_000 });
  const resumed = tap.sent.slice(sentBefore).filter((text) => text.includes('"subscribe"'));
  expect(resumed.length).toBeGreaterThan(0);
  expect(resumed.filter((text) => text.includes('"topic":"assets"')).every((text) => text.includes('"since"'))).toBe(true);
  expect(resumed.filter((text) => text.includes('"topic":"alerts"')).every((text) => text.includes('"since"'))).toBe(true);
});

test('the banner stays while the catch-up is not complete', async ({ page }) => {
  const tap = await Tap.on(page);
  await open(page, 'screen=province');
  // The server answers, but what it says of alerts never comes through.
  tap.rewrite = (text) => (/^\{"op":"alerts?"/.test(text) ? '{"op":"unknown"}' : text);
  await tap.close();
  await expect(banner(page)).toBeVisible();
  await page.waitForTimeout(4_000);
  await expect(banner(page)).toBeVisible();
});

test('a new build reloads the wall once', async ({ page }) => {
  const tap = await Tap.on(page);
  await open(page, 'screen=province');
  let loads = 0;
  page.on('load', () => (loads += 1));
  tap.rewrite = (text) => text.replace(/"build":"[^"]*"/, '"build":"another"');
  await tap.close();
  await expect.poll(() => loads, { timeout: 20_000 }).toBe(1);
  await expect(banner(page)).toBeHidden();
  await tap.close();
  await expect(banner(page)).toBeVisible();
  await expect(banner(page)).toBeHidden({ timeout: 30_000 });
  expect(loads).toBe(1);
});
