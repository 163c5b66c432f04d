// The API explorer in a real browser: it lists the calls, tries one with a token, and asks no other host.

import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { BASE } from '../browser';

const token = (): string => {
  const given = process.env['IOC_TOKEN'];
  if (given === undefined) throw new Error('IOC_TOKEN is not set');
  return given;
};

test('the explorer tries a call with a token, shows what is answered, and asks nobody else', async ({ page }) => {
  const hosts = new Set<string>();
  const troubles: string[] = [];
  page.on('request', (request) => hosts.add(new URL(request.url()).host));
  page.on('pageerror', (error) => troubles.push(error.message));
  await page.goto(`${BASE}/docs`);
  const calls = page.locator('#calls details');
  expect(await calls.count()).toBeGreaterThan(8);

  const alerts = calls.filter({ has: page.getByText('GET /api/v1/alerts', { exact: true }) });
  await alerts.locator('summary').click();
  await alerts.getByRole('button', { name: 'Try' }).click();
  await expect(alerts.getByRole('status')).toContainText('401');

  await page.getByLabel(/token/).fill(token());
  await alerts.getByLabel('min_severity').selectOption('high');
  await alerts.getByRole('button', { name: 'Try' }).click();
  const answer = alerts.getByRole('status');
  await expect(answer).toContainText('GET /api/v1/alerts?min_severity=high');
  await expect(answer).toContainText('200 OK');
  await expect(answer).toContainText('"city/RiverHigh"');

  expect([...hosts]).toEqual([new URL(BASE).host]);
  expect(troubles).toEqual([]);
});

test('what a server says is never taken for markup', async ({ page }) => {
  await page.route('**/api/v1/city', (route) => route.fulfill({ contentType: 'text/plain', body: '<img src=x onerror="document.title=1">' }));
  await page.goto(`${BASE}/docs`);
  const city = page.locator('#calls details').filter({ has: page.getByText('GET /api/v1/city', { exact: true }) });
  await city.locator('summary').click();
  await city.getByRole('button', { name: 'Try' }).click();
  await expect(city.getByRole('status')).toContainText('<img src=x');
  expect(await city.locator('img').count()).toBe(0);
});

for (const colorScheme of ['light', 'dark'] as const)
  test(`axe finds nothing on the explorer, ${colorScheme}, with every call open and one answered`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    await page.goto(`${BASE}/docs`);
    await page.locator('#calls details').first().waitFor();
    for (const summary of await page.locator('#calls summary').all()) await summary.click();
    await page.getByLabel(/token/).fill(token());
    const city = page.locator('#calls details').filter({ has: page.getByText('GET /api/v1/catalog', { exact: true }) });
    await city.getByRole('button', { name: 'Try' }).click();
    await expect(city.getByRole('status')).toContainText('200 OK');
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join('; ')}`)).toEqual([]);
  });
