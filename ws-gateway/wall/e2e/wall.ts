// What the tests do with a wall: open it, cut its link, look at it. Behaviour only, so that a mock and the real engine
// are held to the same.

import { expect, type Locator, type Page, type WebSocketRoute } from '@playwright/test';
import { wallUrl } from './browser';

/** Opens a screen and waits until it has verified that it is live. */
export async function open(page: Page, query: string): Promise<void> {
  await opened(page, wallUrl(query));
}

/** The same on a server of the test's own. */
export async function openAt(page: Page, server: string, token: string, query: string): Promise<void> {
  await opened(page, `${server}/?${query}&token=${token}`);
}

async function opened(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await expect(page.getByTestId('load-strip')).toBeVisible();
  await expect(banner(page)).toBeHidden();
}

export function banner(page: Page): Locator {
  return page.getByTestId('link-banner');
}

/** The link of a page, in the test's hands: cut without a word, restored, its messages seen and changed. */
export class Tap {
  private silent = false;
  private refusing = false;
  readonly sent: string[] = [];
  /** Changes what the server says on its way. */
  rewrite: (text: string) => string = (text) => text;
  private sockets: WebSocketRoute[] = [];

  static async on(page: Page): Promise<Tap> {
    const tap = new Tap();
    await page.routeWebSocket(/\/live$/, (socket) => tap.connect(socket));
    return tap;
  }

  /** As a pulled cable: nothing passes, nothing is closed, nothing new connects. */
  cut(): void {
    this.silent = true;
    this.refusing = true;
  }

  restore(): void {
    this.silent = false;
    this.refusing = false;
  }

  /** As a server that restarts. */
  async close(): Promise<void> {
    for (const socket of this.sockets) await socket.close({ code: 1001, reason: 'going_away' });
  }

  private connect(socket: WebSocketRoute): void {
    if (this.refusing) {
      void socket.close({ code: 1001 });
      return;
    }
    this.sockets.push(socket);
    const server = socket.connectToServer();
    socket.onMessage((message) => {
      if (this.silent) return;
      this.sent.push(String(message));
      server.send(message);
    });
    server.onMessage((message) => {
      if (!this.silent) socket.send(this.rewrite(String(message)));
    });
  }
}

/** An alert of the list nobody has acknowledged yet; picked and still there. */
export async function pickUnacknowledged(page: Page): Promise<string> {
  const row = page.getByTestId('alert-row').first();
  await expect(row).toBeVisible({ timeout: 30_000 });
  const id = await row.getAttribute('data-alert');
  await row.click();
  await expect(page.getByTestId('detail')).toBeVisible();
  await expect(page.getByTestId('ack')).toBeVisible();
  if (id === null) throw new Error('a row without its alert');
  return id;
}
