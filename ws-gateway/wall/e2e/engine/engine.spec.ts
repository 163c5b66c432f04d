// What only a real engine can show: a reading becomes an alert on the screen, the engine hangs and dies and comes back.

import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { banner, openAt } from '../wall';
import { Engine, ENGINE_BIN } from './engine';

let engine: Engine;

test.beforeEach(async () => {
  if (ENGINE_BIN === undefined) throw new Error('ENGINE_BIN names no ioc');
  engine = await Engine.start(ENGINE_BIN);
  engine.populate(0);
});
test.afterEach(async () => {
  await engine.destroy();
});

const open = (page: Page, query: string): Promise<void> => openAt(page, engine.url, engine.token, query);
const row = (page: Page, text: string) => page.getByTestId('alert-row').filter({ hasText: text });

test('a reading above its level is an alert on every screen, two clicks acknowledge it, a reading below ends it', async ({ page, context }) => {
  const wall = await context.newPage();
  await open(wall, 'screen=province');
  await open(page, 'screen=desk');
  await expect(page.getByTestId('alert-row')).toHaveCount(0);

  engine.report('env/river', 'wl-0', { height: 26.4 });
  await expect(row(page, 'Trạm Gia Bảy')).toBeVisible();
  await expect(wall.getByTestId('ticker')).toContainText('Trạm Gia Bảy');
  await expect(wall.getByTestId('standing')).toHaveText('1');

  await row(page, 'Trạm Gia Bảy').click();
  await expect(page.getByTestId('why')).toContainText('26');
  await page.getByTestId('ack').click();
  await page.getByTestId('ack-send').click();
  await expect(page.getByTestId('acked')).toBeVisible();
  await expect(wall.getByTestId('ticker')).toContainText('✓');

  engine.report('env/river', 'wl-0', { height: 20 });
  await expect(wall.getByTestId('standing')).toHaveText('0');
});

test('an engine that hangs is told within 5 s, the picture stays, and it is whole again when it goes on', async ({ page }) => {
  await open(page, 'screen=province');
  const tiles = await page.getByTestId('tile').allTextContents();
  engine.freeze();
  await expect(banner(page)).toBeVisible({ timeout: 5_000 });
  await expect(banner(page)).toContainText(/\d\d:\d\d:\d\d/);
  expect(await page.getByTestId('tile').count()).toBe(tiles.length);
  engine.thaw();
  engine.report('env/river', 'wl-1', { height: 27 });
  await expect(banner(page)).toBeHidden({ timeout: 30_000 });
  await expect(page.getByTestId('ticker')).toContainText('Trạm Gia Sàng');
});

test('a killed engine comes back with what was acknowledged; what happened meanwhile is there when the banner goes', async ({ page }) => {
  engine.report('env/river', 'wl-2', { height: 27 });
  await open(page, 'screen=desk');
  await row(page, 'Trạm Quyết Thắng').click();
  await page.keyboard.press('a');
  await expect(page.getByTestId('acked')).toBeVisible();

  await engine.kill();
  await expect(banner(page)).toBeVisible({ timeout: 5_000 });
  await expect(row(page, 'Trạm Quyết Thắng')).toBeVisible();
  await expect(page.getByTestId('acked')).toBeVisible();

  await engine.startAgain();
  engine.report('env/river', 'wl-3', { height: 27.5 });
  await expect(banner(page)).toBeHidden({ timeout: 30_000 });
  await expect(row(page, 'Trạm Tích Lương')).toBeVisible();
  await expect(page.getByTestId('acked')).toBeVisible();
});

test('a tile whose assets have fallen silent looks stale, keeps its value and says how old it is', async ({ page }) => {
  await open(page, 'screen=province');
  const air = page.getByTestId('tile').filter({ hasText: 'Không khí' });
  engine.report('env/air', 'aq-0', { pm25: 47 });
  await expect(air).toContainText('47');
  await expect(air).not.toHaveClass(/\bold\b/);
  await expect(air).toHaveClass(/\bold\b/, { timeout: 20_000 });
  await expect(air).toHaveClass(/\bhatched\b/);
  // The engine says so a moment after the page has seen it by its own clock.
  await expect(air).toContainText('0trực tiếp 1cũ');
  await expect(air).toContainText('47');
  await expect(air.locator('.age')).toHaveText(/^\d+ /);
  engine.report('env/air', 'aq-0', { pm25: 12 });
  await expect(air).not.toHaveClass(/\bold\b/);
});

test('the keyboard alone finds an alert, acknowledges, assigns, writes about and shelves it', async ({ page }) => {
  engine.report('env/river', 'wl-4', { height: 26.2 });
  await open(page, 'screen=desk');
  await expect(row(page, 'Trạm Bến Tượng')).toBeVisible();
  await page.keyboard.press('/');
  await page.keyboard.type('ben tuong');
  await page.keyboard.press('Escape');
  await page.keyboard.press('j');
  await page.keyboard.press('n');
  await page.keyboard.type('đã cử người xem');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('acked')).toContainText('đã cử người xem');
  await page.keyboard.press('g');
  await page.keyboard.type('Đội thủy văn');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('assignee')).toContainText('Đội thủy văn');
  await page.keyboard.press('c');
  await page.keyboard.type('nước rút chậm');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('journal')).toContainText('nước rút chậm');
  await page.keyboard.press('s');
  await page.keyboard.type('thước đo hỏng');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('detail')).toContainText('thước đo hỏng');
});

test('an alert of a site stands on the map where its assets are, and lists them', async ({ page }) => {
  for (const queue of ['q-0', 'q-1']) engine.report('queue/line', queue, { wait: 45 });
  await open(page, 'screen=desk');
  await row(page, 'Một cửa Phan Đình Phùng').click();
  await expect(page.getByTestId('neighbours')).toContainText('Quầy 1');
  await expect(page.getByTestId('neighbours')).toContainText('Quầy 2');
  await expect(page.getByTestId('detail')).toContainText('Phường Phan Đình Phùng');
  await open(page, 'screen=province');
  await expect(page.getByTestId('placeless')).toHaveCount(0);
});

test('axe finds nothing while alerts stand, while one is handled, and while the link is lost', async ({ page }) => {
  for (const gauge of ['wl-5', 'wl-6', 'wl-7']) engine.report('env/river', gauge, { height: 27 });
  // Colours are judged lit: a blink is not a contrast.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const judge = async (when: string): Promise<void> => {
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map((v) => `${when} ${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join('; ')}`)).toEqual([]);
  };
  await open(page, 'screen=desk');
  await page.getByTestId('alert-row').first().click();
  await page.getByTestId('ack').click();
  await judge('desk');
  await open(page, 'screen=province');
  await judge('province');
  engine.freeze();
  await expect(banner(page)).toBeVisible({ timeout: 5_000 });
  await judge('link lost');
  engine.thaw();
});

test('alerts shown while the disk refuses say so, one by one and over the whole width, until they are committed', async ({ page }) => {
  // Four times a second the disk is asked again: some ten seconds of refusals, of which the reserve takes the first.
  const full = await Engine.start(ENGINE_BIN ?? '', 'store.commit=full*40');
  try {
    await openAt(page, full.url, full.token, 'screen=desk');
    full.report('env/river', 'wl-0', { height: 26.4 }, 0);
    const alert = row(page, 'Trạm Gia Bảy');
    await expect(alert.getByTestId('unsaved')).toBeVisible();
    await expect(page.getByTestId('disk-banner')).toContainText('CHƯA ĐƯỢC GHI');
    await expect(alert.getByTestId('unsaved')).toHaveCount(0, { timeout: 30_000 });
    await expect(page.getByTestId('disk-banner')).toHaveCount(0, { timeout: 30_000 });
    await expect(alert).toBeVisible();
  } finally {
    await full.destroy();
  }
});

test('what one operator writes is on the other screen at once', async ({ page, context }) => {
  engine.report('env/river', 'wl-5', { height: 26.6 });
  const other = await context.newPage();
  for (const screen of [page, other]) {
    await open(screen, 'screen=desk');
    await screen.getByTestId('alert-row').first().click();
  }
  await page.keyboard.press('c');
  await page.keyboard.type('đã cử người ra trạm');
  await page.keyboard.press('Enter');
  await expect(other.getByTestId('journal')).toContainText('đã cử người ra trạm', { timeout: 2_000 });
});
