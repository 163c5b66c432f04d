import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { open } from './wall';

test('the province shows map, tiles, load and ticker, each tile with its age', async ({ page }) => {
  await open(page, 'screen=province');
  await expect(page.getByTestId('map')).toBeVisible();
  const tiles = page.getByTestId('tile');
  expect(await tiles.count()).toBeGreaterThan(3);
  await expect(page.getByTestId('ticker')).toBeVisible();
  for (const age of await tiles.locator('.age').allTextContents()) expect(age).toMatch(/^(–|\d+ .+)$/);
});

test('the map is drawn without a GPU', async ({ page }) => {
  await open(page, 'screen=province');
  const colours = () =>
    page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('[data-testid=map] canvas');
      const ctx = canvas?.getContext('2d');
      if (canvas === null || canvas === undefined || ctx === null || ctx === undefined) return 0;
      const { data } = ctx.getImageData(0, 0, canvas.width, canvas.height);
      const seen = new Set<number>();
      for (let i = 0; i < data.length; i += 4 * 97) seen.add(((data[i] ?? 0) << 16) | ((data[i + 1] ?? 0) << 8) | (data[i + 2] ?? 0));
      return seen.size;
    });
  await expect.poll(colours).toBeGreaterThan(3);
});

test('a dragged map follows the hand and is painted where it is let go', async ({ page }) => {
  await open(page, 'screen=province');
  const map = page.getByTestId('map');
  const box = await map.boundingBox();
  if (box === null) throw new Error('no map');
  /** Where the cells begin from the left, in the middle row of the stage. */
  const edge = () =>
    page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('[data-testid=map] canvas');
      const row = canvas?.getContext('2d')?.getImageData(0, Math.floor(canvas.height / 2), canvas.width, 1).data ?? [];
      return [...row].findIndex((value, i) => i % 4 === 3 && value > 0) >> 2;
    });
  await expect.poll(edge).toBeGreaterThan(0);
  const before = await edge();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 40, y, { steps: 4 });
  await page.mouse.move(x + 80, y, { steps: 4 });
  const moving = map.locator('canvas').last();
  await expect(moving).toBeVisible();
  await expect(moving).toHaveAttribute('style', /translate/);
  await page.mouse.up();
  await expect(moving).toBeHidden();
  await expect.poll(edge).toBe(before + 80);
});

test('however many screens a city has, nothing in their head lies over anything else', async ({ page }) => {
  const names = ['Toàn tỉnh', 'Mạng', 'Mưa lũ', 'Đường phố', 'Dịch vụ công', 'Y tế', 'Bàn trực', 'Ca đêm'];
  const screens = names.map((title, n) => ({ name: `s${n}`, title, panels: [{ panel: 'load', at: [0, 0, 12, 1] }] }));
  await page.route('**/api/v1/city', async (route) => {
    const city = await (await route.fetch()).json();
    await route.fulfill({ json: { ...city, wall: { screens } } });
  });
  await open(page, 'screen=s0');
  const parts = page.locator('header').locator('h1, .open, nav button, .clock');
  const boxes = await parts.evaluateAll((all) => all.map((part) => part.getBoundingClientRect()).map(({ x, y, right, bottom }) => ({ x, y, right, bottom })));
  expect(boxes.length).toBeGreaterThan(names.length);
  for (const [n, a] of boxes.entries()) {
    const over = boxes.slice(n + 1).filter((b) => a.x < b.right && b.x < a.right && a.y < b.bottom && b.y < a.bottom);
    expect(over).toEqual([]);
  }
});

test('no word of the load strip is cut off, from the back of the room or at the desk', async ({ page }) => {
  for (const query of ['screen=province', 'screen=province&lang=en', 'screen=desk', 'screen=desk&lang=en']) {
    await open(page, query);
    const cut = await page.getByTestId('load-strip').locator('p').evaluateAll((all) => all.filter((p) => p.scrollWidth > p.clientWidth).map((p) => p.textContent));
    expect(cut, query).toEqual([]);
  }
});

test('no text is smaller than 16 arc-minutes from the farthest seat', async ({ page }) => {
  for (const screen of ['province', 'desk']) {
    await open(page, `screen=${screen}`);
    const small = await page.evaluate(() => {
      const least = parseFloat(getComputedStyle(document.documentElement).fontSize);
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const found: string[] = [];
      for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
        const parent = node.parentElement;
        if (parent === null || parent.closest('svg, script, style, .sr') !== null || node.textContent?.trim() === '') continue;
        if (parseFloat(getComputedStyle(parent).fontSize) < least - 0.01) found.push(node.textContent ?? '');
      }
      return found;
    });
    expect(small).toEqual([]);
  }
});

test('axe finds nothing on any screen, theme and language', async ({ page }) => {
  for (const query of ['screen=province', 'screen=province&theme=light&lang=en', 'screen=desk', 'screen=desk&theme=dark&lang=en']) {
    await open(page, query);
    if (query.includes('desk')) await page.getByTestId('alert-row').first().click();
    // Colours are judged lit: a blink is not a contrast.
    await page.emulateMedia({ reducedMotion: 'reduce' });
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map((v) => `${query} ${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join('; ')}`)).toEqual([]);
  }
});

test('nothing outside the server is asked for', async ({ page }) => {
  const hosts = new Set<string>();
  page.on('request', (request) => hosts.add(new URL(request.url()).host));
  await open(page, 'screen=province');
  await page.waitForLoadState('networkidle');
  expect([...hosts]).toEqual([new URL(page.url()).host]);
});

test('nothing moves under reduced motion', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await open(page, 'screen=province');
  expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
});

test('a browser clock that is wrong is flagged, and the screen shows the server’s time', async ({ page }) => {
  await page.addInitScript(() => {
    const real = Date.now.bind(Date);
    Date.now = () => real() + 3_600_000;
  });
  await open(page, 'screen=province');
  await expect(page.locator('.skew')).toBeVisible();
  const shown = await page.locator('header time').textContent();
  const wrong = await page.evaluate(() => new Intl.DateTimeFormat('vi-VN', { timeZone: 'Asia/Ho_Chi_Minh', hour: '2-digit', hourCycle: 'h23' }).format(Date.now()));
  expect(shown?.slice(0, 2)).not.toBe(wrong.slice(0, 2));
});
