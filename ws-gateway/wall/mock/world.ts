// What happens in the mock city: assets report, some fall silent, faults raise alerts and clear them, operators act.
// Owns the state and its two sequences; leaves who hears of it to the server.

import type { AlertWire, AssetWire, Severity } from '../src/live/wire';
import { assets, usualValues } from './city';
import { KINDS, type MockKind } from './catalog';
import { Random } from './random';
import { FAULTS, type Fault } from './faults';

export class World {
  readonly random = new Random(11);
  readonly assets: AssetWire[] = assets(this.random);
  /** Per asset, the state sequence of its last change, at its place in `assets`. */
  readonly changedAt: number[] = this.assets.map(() => 1);
  stateSeq = 1;
  readonly alerts = new Map<string, AlertWire>();
  readonly log: { seq: number; alert: AlertWire }[] = [];
  alertSeq = 900;
  readonly journal: { alert: string; at: number; by: string; action: string; detail: string }[] = [];
  private readonly silent = new Set<number>();
  private readonly faulty = new Map<number, { fault: Fault; until: number; alert: string }>();
  private readonly doneCommands = new Set<string>();
  private occurrence = 0;

  constructor(now: number) {
    for (const asset of this.assets) {
      asset.v = usualValues(asset.kind, this.random);
      asset.at = now - Math.floor(this.random.between(0, kindOf(asset.kind).reportEveryMs));
    }
    this.assets.forEach((_, i) => {
      const luck = this.random.next();
      if (luck < 0.012) this.silence(i, 'stale', now);
      else if (luck < 0.017) this.silence(i, 'unseen', now);
      else if (luck < 0.02) this.silence(i, 'offline', now);
    });
    const ages = [1_500, 70, 95, 300, 420, 610, 30, 900, 2_400, 5_000, 9_000, 15_000, 55, 180];
    for (const age of ages) this.strike(now, age * 1000);
    const first = [...this.alerts.values()];
    first.forEach((alert, i) => {
      if (i % 3 === 0) alert.ack = { by: 'Nguyễn Thu Hà', at: (alert.fired_at ?? now) + 45_000 + i * 9_000, note: i === 0 ? 'Đã gọi đội trực' : '' };
      if (i === 4) alert.shelved = { until: now + 3_600_000, by: 'Trần Văn Minh', reason: 'Đang bảo trì theo kế hoạch' };
    });
  }

  /** One step of the city's life. */
  tick(now: number, stepMs: number): void {
    this.stateSeq += 1;
    this.assets.forEach((asset, i) => {
      if (this.silent.has(i)) return;
      if (this.random.next() < stepMs / kindOf(asset.kind).reportEveryMs) this.report(i, now);
    });
    for (const [i, { until }] of this.faulty) if (now > until) this.mend(i, now);
    if (this.random.next() < stepMs / 20_000 && this.faulty.size < 34) this.strike(now, 0);
  }

  /** Raises a new alert somewhere; `age` shifts it into the past. */
  strike(now: number, age: number, severity?: Severity): AlertWire | null {
    const faults = severity === undefined ? FAULTS : FAULTS.filter((f) => f.severity === severity);
    const fault = this.random.pick(faults);
    const candidates = this.assets.map((_, i) => i).filter((i) => this.assets[i]?.kind === fault.kind && !this.faulty.has(i) && !this.silent.has(i));
    const index = this.random.pick(candidates);
    const asset = this.assets[index];
    if (asset === undefined) return null;
    this.occurrence += 1;
    const alert = alertOf(fault, asset, now - age, this.occurrence);
    this.faulty.set(index, { fault, until: now + this.random.between(120_000, 900_000), alert: alert.id });
    this.report(index, now);
    this.publish(alert);
    return alert;
  }

  command(cmd: string, id: string, change: (alert: AlertWire) => void): string | null {
    if (this.doneCommands.has(cmd)) return null;
    const alert = this.alerts.get(id);
    if (alert === undefined) return `no open alert ${id}`;
    this.doneCommands.add(cmd);
    const next = { ...alert };
    change(next);
    this.publish(next);
    return null;
  }

  private report(index: number, now: number): void {
    const asset = this.assets[index];
    if (asset === undefined) return;
    const fault = this.faulty.get(index)?.fault;
    asset.v = { ...usualValues(asset.kind, this.random), ...fault?.values };
    asset.at = now - Math.floor(this.random.between(20, 90));
    asset.freshness = 'live';
    this.changedAt[index] = this.stateSeq;
  }

  private mend(index: number, now: number): void {
    const fault = this.faulty.get(index);
    this.faulty.delete(index);
    const alert = fault === undefined ? undefined : this.alerts.get(fault.alert);
    this.report(index, now);
    if (alert !== undefined) this.publish({ ...alert, state: 'resolved', resolved_at: now });
  }

  private silence(index: number, freshness: AssetWire['freshness'], now: number): void {
    const asset = this.assets[index];
    if (asset === undefined) return;
    this.silent.add(index);
    asset.freshness = freshness;
    asset.at = freshness === 'unseen' ? null : now - Math.floor(this.random.between(60_000, 7_200_000));
    if (freshness === 'unseen') asset.v = {};
    this.changedAt[index] = this.stateSeq;
  }

  private publish(alert: AlertWire): void {
    this.alertSeq += 1;
    if (alert.state === 'resolved') this.alerts.delete(alert.id);
    else this.alerts.set(alert.id, alert);
    this.log.push({ seq: this.alertSeq, alert });
    if (this.log.length > 2_000) this.log.shift();
  }
}

export function kindOf(name: string): MockKind {
  const kind = KINDS.find((k) => k.name === name);
  if (kind === undefined) throw new Error(`no kind ${name}`);
  return kind;
}

function alertOf(fault: Fault, asset: AssetWire, at: number, occurrence: number): AlertWire {
  return {
    id: occurrence.toString(16).padStart(32, '0'),
    rule: fault.rule,
    key: { asset: asset.id },
    kind: asset.kind,
    area: asset.area,
    severity: fault.severity,
    state: 'firing',
    started_at: at - 60_000,
    fired_at: at,
    resolved_at: null,
    summary: { vi: `${asset.name}: ${fault.summary.vi}`, en: `${asset.name}: ${fault.summary.en}` },
    guidance: fault.guidance,
    ack: null,
    shelved: null,
    assignee: null,
    incident: null,
    reason: 'condition',
    annunciation: 'annunciated',
    inhibited_by: null,
    occurrence: 1,
    labels: { team: fault.team },
    durable: true,
  };
}
