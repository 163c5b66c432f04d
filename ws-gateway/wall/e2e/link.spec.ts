import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { wallUrl } from './browser';
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

const health = (durable: boolean, reserve: boolean) => (text: string) =>
  text.replace(/"durable":true,"disk_reserve":(true|false)/, `"durable":${durable},"disk_reserve":${reserve}`);

test('a disk that refuses is told over the whole width, and so is one on its reserve', async ({ page }) => {
  const tap = await Tap.on(page);
  tap.rewrite = health(false, false);
  await open(page, 'screen=province');
  const disk = page.getByTestId('disk-banner');
  await expect(disk).toContainText('CHƯA ĐƯỢC GHI');
  expect((await disk.boundingBox())?.width).toBeGreaterThan(1_900);
  tap.rewrite = health(true, false);
  await tap.close();
  await expect(disk).toContainText('dự phòng', { timeout: 30_000 });
  tap.rewrite = health(true, true);
  await tap.close();
  await expect(disk).toHaveCount(0, { timeout: 30_000 });
});

test('alerts that the disk refuses are marked one by one until a heartbeat says they are committed', async ({ page }) => {
  const tap = await Tap.on(page);
  let committed = false;
  tap.rewrite = (text) => {
    if (/^\{"op":"alerts?"/.test(text)) return text.replaceAll('"durable":true', '"durable":false');
    return committed ? text : text.replace(/"durable_seq":\d+/, '"durable_seq":0');
  };
  await open(page, 'screen=desk');
  const rows = page.getByTestId('alert-row');
  await expect(rows.first().getByTestId('unsaved')).toBeVisible();
  await rows.first().click();
  await expect(page.getByTestId('detail').getByTestId('unsaved')).toBeVisible();
  committed = true;
  await expect(page.getByTestId('unsaved')).toHaveCount(0, { timeout: 10_000 });
});

test('axe finds nothing while the disk refuses and the load of the day is open', async ({ page }) => {
  const tap = await Tap.on(page);
  tap.rewrite = (text) => health(false, false)(/^\{"op":"alerts?"/.test(text) ? text.replaceAll('"durable":true', '"durable":false') : text).replace(/"durable_seq":\d+/, '"durable_seq":0');
  await page.emulateMedia({ reducedMotion: 'reduce' });
  for (const query of ['screen=desk', 'screen=desk&theme=dark&lang=en', 'screen=province', 'screen=province&theme=light']) {
    await open(page, query);
    await expect(page.getByTestId('disk-banner')).toBeVisible();
    if (query.includes('desk')) {
      await page.getByTestId('alert-row').first().click();
      await page.getByTestId('load-strip').getByRole('button').click();
      await expect(page.getByTestId('noisiest')).toBeVisible();
    }
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map((v) => `${query} ${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join('; ')}`)).toEqual([]);
  }
});

test('a demo’s faster clock is named and flags no browser', async ({ page }) => {
  const tap = await Tap.on(page);
  const hour = 3_600_000;
  tap.rewrite = (text) => text.replace(/"server_time":(\d+)/, (_, time: string) => `"server_time":${Number(time) + hour}`).replace('"speed":1', '"speed":4');
  await open(page, 'screen=province');
  await expect(page.getByTestId('speed')).toContainText('4');
  await expect(page.locator('.skew')).toHaveCount(0);
});

test('a token that is not let in is said, and the wall comes by itself once it is', async ({ page }) => {
  let denied = true;
  await page.route('**/api/v1/city', (route) => (denied ? route.fulfill({ status: 401, body: '{}' }) : route.continue()));
  await page.goto(wallUrl('screen=province'));
  await expect(page.getByRole('status')).toContainText('mã truy cập không hợp lệ');
  denied = false;
  await expect(page.getByTestId('load-strip')).toBeVisible({ timeout: 30_000 });
});
