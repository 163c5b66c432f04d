// What the parts of a desk share: the alert picked, the form that is open over it, and the keys. Every part that a key
// reaches registers itself; a screen without it does without the key.

import type { App } from '../chrome/app.svelte';
import type { Alert } from '../store/alerts';
import type { Sheet } from './sheet';

export class DeskState {
  sheet = $state<Sheet>(null);
  /** Why the last thing done by a key alone was not done. */
  failure = $state<string | null>(null);
  list: { move(by: number): void } | null = null;
  filters: { focusText(): void } | null = null;
  sound: { silence(): void } | null = null;

  constructor(private readonly app: App) {}

  readonly selected: Alert | null = $derived.by(() => {
    void this.app.alerts;
    const id = this.app.address.selected;
    return id === null ? null : (this.app.wall.alerts.get(id) ?? null);
  });

  pick(id: string): void {
    if (id !== this.app.address.selected) this.sheet = this.failure = null;
    this.app.set({ selected: id });
  }

  key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.target instanceof HTMLElement ? event.target : null;
    const typing = target !== null && /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
    if (typing && event.key !== 'Escape') return;
    // Arrows scroll the part that has the focus, unless that is the list.
    const elsewhere = target !== null && target !== document.body && target.closest('[role=listbox]') === null;
    if (elsewhere && event.key.startsWith('Arrow')) return;
    if (event.key === 'Escape') target?.blur();
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (this.act(key)) event.preventDefault();
  }

  /** One key acknowledges at once; with a note it opens the form. */
  private act(key: string): boolean {
    const actions: Record<string, () => void> = {
      j: () => this.list?.move(1),
      ArrowDown: () => this.list?.move(1),
      k: () => this.list?.move(-1),
      ArrowUp: () => this.list?.move(-1),
      a: () => void this.acknowledge(),
      n: () => this.open('ack'),
      s: () => this.open('shelve'),
      g: () => this.open('assign'),
      c: () => this.open('comment'),
      '/': () => this.filters?.focusText(),
      m: () => this.sound?.silence(),
      Escape: () => (this.sheet = null),
    };
    const action = actions[key];
    action?.();
    return action !== undefined;
  }

  private open(sheet: Sheet): void {
    this.sheet = this.selected === null || this.app.wall.role === 'viewer' ? null : sheet;
  }

  private async acknowledge(): Promise<void> {
    const { selected, app } = this;
    if (selected === null || selected.ack !== null || selected.state === 'resolved' || app.wall.role === 'viewer') return;
    this.failure = null;
    const { ok, message } = await app.wall.command({ op: 'ack', alert: selected.id });
    if (!ok && this.selected?.id === selected.id) this.failure = message ?? '?';
  }
}
