// Sounds by severity until somebody acknowledges. Owns the audio context and the repetition; silence is not an
// acknowledgement: it holds only for the alerts that sound now.

import type { Severity } from '../live/wire';
import { byUrgency, calls, type Alert } from '../store/alerts';

interface Pattern {
  tones: readonly number[];
  /** Milliseconds until it sounds again, as long as nobody has acknowledged. */
  repeatMs: number;
}

// Worse is higher, longer and more often; low is for the eyes only.
const PATTERNS: Record<Severity, Pattern | null> = {
  critical: { tones: [988, 740, 988, 740], repeatMs: 2_500 },
  high: { tones: [740, 740], repeatMs: 6_000 },
  medium: { tones: [523], repeatMs: 60_000 },
  low: null,
};
const TONE_S = 0.16;
const GAP_S = 0.06;

export class Sounds {
  private context: AudioContext | null = null;
  private readonly silenced = new Set<string>();
  private readonly sounded = new Set<string>();
  /** When each severity sounded last: a crowd of small ones must not put off what repeats. */
  private readonly lastAt = new Map<Severity, number>();
  /** Two patterns at once are neither. */
  private busyUntil = -Infinity;

  /** False while the browser waits for a gesture of the user. */
  get allowed(): boolean {
    return this.context?.state === 'running';
  }

  /** Prepares audio; asked at the start to learn whether the browser allows it. */
  async prepare(): Promise<void> {
    this.context ??= new AudioContext();
    // Stays pending for ever when blocked, so it is never waited for.
    void this.context.resume();
    await new Promise((resolve) => setTimeout(resolve, 150));
  }

  /** Every sound once, worst first: what a shift tries at its start. */
  async test(): Promise<boolean> {
    await this.prepare();
    let delay = 0;
    for (const severity of ['critical', 'high', 'medium'] as const) {
      this.play(severity, delay);
      delay += 1.4;
    }
    return this.allowed;
  }

  silence(alerts: Iterable<Alert>): void {
    for (const alert of alerts) if (audible(alert)) this.silenced.add(alert.id);
  }

  /** Called about once a second with every open alert. */
  update(alerts: Iterable<Alert>, now: number): Severity | null {
    const open = [...alerts].filter(audible).sort(byUrgency);
    this.forgetClosed(open);
    if (now < this.busyUntil) return null;
    const worst = open.find((alert) => this.due(alert, now));
    if (worst === undefined) return null;
    // However many came at once, of one severity it is one sound.
    for (const alert of open) if (alert.severity === worst.severity) this.sounded.add(alert.id);
    this.lastAt.set(worst.severity, now);
    this.busyUntil = now + (PATTERNS[worst.severity]?.tones.length ?? 0) * (TONE_S + GAP_S) * 1_000;
    this.play(worst.severity, 0);
    return worst.severity;
  }

  private due(alert: Alert, now: number): boolean {
    const pattern = PATTERNS[alert.severity];
    if (pattern === null || this.silenced.has(alert.id)) return false;
    return !this.sounded.has(alert.id) || now - (this.lastAt.get(alert.severity) ?? -Infinity) >= pattern.repeatMs;
  }

  private forgetClosed(open: Alert[]): void {
    const ids = new Set(open.map((alert) => alert.id));
    for (const set of [this.silenced, this.sounded]) for (const id of set) if (!ids.has(id)) set.delete(id);
  }

  private play(severity: Severity, delay: number): void {
    const { context } = this;
    const pattern = PATTERNS[severity];
    if (context === null || pattern === null || context.state !== 'running') return;
    pattern.tones.forEach((frequency, i) => {
      const start = context.currentTime + delay + i * (TONE_S + GAP_S);
      const tone = new OscillatorNode(context, { type: 'triangle', frequency });
      const gain = new GainNode(context, { gain: 0 });
      // Ramps instead of steps: no clicks in a quiet room.
      gain.gain.setValueAtTime(0, start);
      gain.gain.linearRampToValueAtTime(0.25, start + 0.015);
      gain.gain.linearRampToValueAtTime(0, start + TONE_S);
      tone.connect(gain).connect(context.destination);
      tone.start(start);
      tone.stop(start + TONE_S);
    });
  }
}

function audible(alert: Alert): boolean {
  return calls(alert) && alert.ack === null && PATTERNS[alert.severity] !== null;
}
