// Sounds by severity until somebody acknowledges. Owns the audio context and the repetition; silence is not an
// acknowledgement: it holds only for the alerts that sound now.

import type { Severity } from '../live/wire';
import { byUrgency, calls, type Alert } from '../store/alerts';

interface Pattern {
  tones: readonly number[];
  /** Milliseconds until it sounds again; null sounds once. */
  repeatMs: number | null;
}

// Worse is higher, longer and more often; low is for the eyes only.
const PATTERNS: Record<Severity, Pattern | null> = {
  critical: { tones: [988, 740, 988, 740], repeatMs: 2_500 },
  high: { tones: [740, 740], repeatMs: 6_000 },
  medium: { tones: [523], repeatMs: null },
  low: null,
};
const TONE_S = 0.16;
const GAP_S = 0.06;

export class Sounds {
  private context: AudioContext | null = null;
  private readonly silenced = new Set<string>();
  private readonly soundedOnce = new Set<string>();
  private lastAt = -Infinity;

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
    const worst = open.find((alert) => this.due(alert, now));
    if (worst === undefined) return null;
    this.soundedOnce.add(worst.id);
    this.lastAt = now;
    this.play(worst.severity, 0);
    return worst.severity;
  }

  private due(alert: Alert, now: number): boolean {
    const pattern = PATTERNS[alert.severity];
    if (pattern === null || this.silenced.has(alert.id)) return false;
    if (!this.soundedOnce.has(alert.id)) return true;
    return pattern.repeatMs !== null && now - this.lastAt >= pattern.repeatMs;
  }

  private forgetClosed(open: Alert[]): void {
    const ids = new Set(open.map((alert) => alert.id));
    for (const set of [this.silenced, this.soundedOnce]) for (const id of set) if (!ids.has(id)) set.delete(id);
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
