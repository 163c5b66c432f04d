// The socket of the live protocol: opens, watches for silence, comes back by itself. Owns the WebSocket and its timers;
// leaves every decision about frames to the session.

import { retryDelay } from './backoff';
import type { Change, Session } from './session';
import { parseFrame, type ClientMessage } from './wire';

const WATCH_MS = 250;
/** A socket that has not opened by then is given up: a firewall that drops packets never answers. */
const OPEN_TIMEOUT_MS = 8_000;

export class Link {
  private socket: WebSocket | null = null;
  private attempt = 0;
  private openedAt = 0;
  private watch: ReturnType<typeof setInterval> | null = null;
  private retry: ReturnType<typeof setTimeout> | null = null;

  constructor(
    private readonly url: string,
    private readonly session: Session,
    private readonly onChanges: (changes: Change[]) => void,
    private readonly onLink: () => void,
  ) {}

  start(): void {
    this.watch = setInterval(() => this.check(), WATCH_MS);
    // A sleeping laptop or a reconnected cable: do not sit out the backoff.
    addEventListener('online', () => this.hurry());
    this.open();
  }

  stop(): void {
    if (this.watch !== null) clearInterval(this.watch);
    if (this.retry !== null) clearTimeout(this.retry);
    this.giveUp();
  }

  send(messages: ClientMessage[]): void {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    for (const message of messages) this.socket.send(JSON.stringify(message));
  }

  private open(): void {
    this.retry = null;
    const socket = new WebSocket(this.url, 'ioc.v1');
    this.socket = socket;
    this.openedAt = performance.now();
    socket.onopen = () => {
      // One that was given up may open late: a second hello would have everything subscribed twice.
      if (this.socket === socket) this.send(this.session.opened(performance.now()));
    };
    socket.onmessage = (event: MessageEvent<unknown>) => {
      if (this.socket === socket && typeof event.data === 'string') this.take(event.data);
    };
    socket.onclose = (event) => {
      if (this.socket === socket) this.lost(event.code);
    };
  }

  private take(text: string): void {
    const frame = parseFrame(text);
    if (frame === null) return;
    const before = this.session.link;
    const { send, changes } = this.session.frame(frame, performance.now());
    this.send(send);
    this.onChanges(changes);
    if (this.session.link === 'live') this.attempt = 0;
    if (this.session.link !== before) this.onLink();
  }

  private check(): void {
    const stuck =
      this.socket?.readyState === WebSocket.CONNECTING && performance.now() - this.openedAt > OPEN_TIMEOUT_MS;
    if (stuck || this.session.silent(performance.now())) this.giveUp();
  }

  private giveUp(): void {
    const socket = this.socket;
    if (socket === null) return;
    // A dead peer never answers a close handshake: do not wait for `onclose`.
    this.lost(1006);
    socket.close();
  }

  private lost(code: number): void {
    this.socket = null;
    this.session.closed(code);
    this.onLink();
    this.retry ??= setTimeout(() => this.open(), retryDelay(this.attempt++, Math.random()));
  }

  private hurry(): void {
    if (this.retry === null) return;
    clearTimeout(this.retry);
    this.open();
  }
}
