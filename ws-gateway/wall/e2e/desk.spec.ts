import { expect, test } from '@playwright/test';
import { open, pickUnacknowledged, Tap } from './wall';

// A real engine must have at least three open alerts nobody has acknowledged: three tests acknowledge one each.

test('two clicks acknowledge, and every other screen shows it within a second', async ({ page, context }) => {
  const other = await context.newPage();
  await open(page, 'screen=desk&unacked=1');
  const id = await pickUnacknowledged(page);
  await open(other, `screen=desk&alert=${id}`);
  await expect(other.getByTestId('ack')).toBeVisible();
  // Taken in the pages: the test's own way to them is not the wall's.
  const seen = other.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const look = (): boolean => document.querySelector('[data-testid=acked]') !== null;
        const watch = new MutationObserver(() => {
          if (!look()) return;
          watch.disconnect();
          resolve(Date.now());
        });
        watch.observe(document.body, { childList: true, subtree: true });
      }),
  );
  await page.getByTestId('ack').click();
  await page.evaluate(() => addEventListener('submit', () => (document.documentElement.dataset['sentAt'] = String(Date.now())), true));
  await page.getByTestId('ack-send').click();
  const sentAt = Number(await page.locator('html').getAttribute('data-sent-at'));
  expect((await seen) - sentAt).toBeLessThan(1_000);
  await expect(page.getByTestId('acked')).toBeVisible();
});

test('one key acknowledges', async ({ page }) => {
  await open(page, 'screen=desk&unacked=1');
  await pickUnacknowledged(page);
  await page.keyboard.press('a');
  await expect(page.getByTestId('acked')).toBeVisible({ timeout: 2_000 });
});

test('the keyboard alone picks an alert and acknowledges it with a note', async ({ page }) => {
  await open(page, 'screen=desk&unacked=1');
  await expect(page.getByTestId('alert-row').first()).toBeVisible();
  await page.keyboard.press('j');
  await expect(page.getByTestId('detail')).toBeVisible();
  await page.keyboard.press('n');
  await page.keyboard.type('đã gọi đội trực');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('acked')).toContainText('đã gọi đội trực');
});

test('words written on one screen are on the others without a reload', async ({ page, context }) => {
  const other = await context.newPage();
  await open(page, 'screen=desk');
  const row = page.getByTestId('alert-row').first();
  await row.click();
  const id = await row.getAttribute('data-alert');
  await open(other, `screen=desk&alert=${id}`);
  await expect(other.getByTestId('detail')).toBeVisible();
  const words = `nước rút chậm ${Date.now()}`;
  await page.keyboard.press('c');
  await page.keyboard.type(words);
  await page.keyboard.press('Enter');
  await expect(other.getByTestId('journal')).toContainText(words, { timeout: 2_000 });
  await expect(page.getByTestId('journal')).toContainText(words);
});

test('the load of the last day names what is noisy, and Escape closes it', async ({ page }) => {
  await open(page, 'screen=desk');
  await page.getByRole('button', { name: 'Tải cảnh báo 24 giờ qua' }).click();
  const sheet = page.getByTestId('noisiest');
  await expect(sheet.locator('li').first()).toContainText(/\d+ ×/);
  await page.keyboard.press('Escape');
  await expect(sheet).toHaveCount(0);
});

test('shelving asks for a reason and an end, and is counted', async ({ page }) => {
  await open(page, 'screen=desk');
  await page.getByTestId('alert-row').first().click();
  await page.keyboard.press('s');
  const send = page.locator('form button.main');
  await expect(send).toBeDisabled();
  await page.keyboard.type('bảo trì theo kế hoạch');
  await send.click();
  await expect(page.getByTestId('detail')).toContainText('bảo trì theo kế hoạch', { timeout: 3_000 });
});

test('an alert carries why it fired, its trend, its place and its neighbours', async ({ page }) => {
  await open(page, 'screen=desk');
  await page.getByTestId('alert-row').first().click();
  await expect(page.getByTestId('why').locator('code').first()).toBeVisible();
  for (const part of ['trend', 'neighbours', 'map']) await expect(page.getByTestId(part)).toBeVisible();
});

test('no row moves under the pointer while the list changes', async ({ page }) => {
  await open(page, 'screen=desk');
  const rows = page.getByTestId('alert-row');
  await expect(rows.first()).toBeVisible();
  const under = Math.min(1, (await rows.count()) - 1);
  const box = await rows.nth(under).boundingBox();
  if (box === null) throw new Error('no row');
  await page.mouse.move(box.x + 60, box.y + 20);
  const what = () => page.evaluate(([x, y]) => document.elementFromPoint(x ?? 0, y ?? 0)?.closest('[data-alert]')?.getAttribute('data-alert'), [box.x + 60, box.y + 20]);
  const first = await what();
  for (let i = 0; i < 16; i += 1) {
    await page.waitForTimeout(500);
    // A hand on a mouse is never quite still.
    await page.mouse.move(box.x + 60 + (i % 2), box.y + 20);
    expect(await what()).toBe(first);
  }
});

test('the state of a screen lives in its URL', async ({ page }) => {
  await open(page, 'screen=desk');
  await page.getByRole('searchbox').fill('sông');
  await page.getByRole('button', { name: 'Ngôn ngữ: EN' }).click();
  await page.reload();
  await expect(page.getByRole('searchbox')).toHaveValue('sông');
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
});

test('a blocked sound says so, and the test unblocks it', async ({ page }) => {
  await open(page, 'screen=desk');
  const test = page.getByRole('button', { name: 'Thử âm thanh' });
  await expect(page.locator('.blocked')).toBeVisible();
  await test.click();
  await expect(page.locator('.blocked')).toBeHidden();
});

test('a sound that is off says so', async ({ page }) => {
  await open(page, 'screen=desk&muted=1');
  await expect(page.getByTestId('sound-off')).toContainText('ÂM THANH TẮT');
});

test('an acknowledgement by key that the server refuses is not silent', async ({ page }) => {
  const tap = await Tap.on(page);
  tap.rewrite = (text) => {
    const frame = JSON.parse(text) as { op: string };
    return frame.op === 'result' ? JSON.stringify({ ...frame, ok: false, code: 'busy', message: 'hàng đợi đầy' }) : text;
  };
  await open(page, 'screen=desk&unacked=1');
  await pickUnacknowledged(page);
  await page.keyboard.press('a');
  await expect(page.getByTestId('failed')).toContainText('hàng đợi đầy');
});

test('five hundred alerts at once are on the screen at once, each row where it belongs, and the page goes on', async ({ page }) => {
  const tap = await Tap.on(page);
  // What the server says of its first alerts, five hundred times over.
  tap.rewrite = (text) => {
    if (!text.startsWith('{"op":"alerts"')) return text;
    const frame = JSON.parse(text) as { alerts: { id: string; summary: { vi: string; en: string } }[] };
    const [one] = frame.alerts;
    if (one === undefined) return text;
    const long = 'Trạm quan trắc mực nước tự động cầu Gia Bảy, phường Phan Đình Phùng, thành phố Thái Nguyên, tỉnh Thái Nguyên';
    const many = Array.from({ length: 500 }, (_, i) => ({ ...one, ack: null, shelved: null, state: 'firing', annunciation: 'annunciated', id: (0xfff000 + i).toString(16).padStart(32, '0'), summary: { vi: `${long} số ${i}`, en: `${long} no. ${i}` } }));
    return JSON.stringify({ ...frame, alerts: [...frame.alerts, ...many] });
  };
  const began = Date.now();
  await open(page, 'screen=desk');
  await expect(page.getByTestId('alert-count')).toContainText(/5\d\d/);
  expect(Date.now() - began).toBeLessThan(10_000);
  expect(await page.getByTestId('alert-row').count()).toBeLessThan(60);
  await page.keyboard.press('j');
  await expect(page.getByTestId('detail')).toBeVisible();
  // Nothing runs out of the window to the side.
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  await page.getByRole('button', { name: 'Toàn tỉnh' }).click();
  await expect(page.getByTestId('standing')).toHaveText(/5\d\d/);
  await expect(page.getByTestId('ticker')).toContainText('+');
});
