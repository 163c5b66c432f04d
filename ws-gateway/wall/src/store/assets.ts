// The latest values of every asset of one subscription. Owns the records and their per-kind counts, kept as changes come;
// leaves when to draw them to the panels, which compare `version`.

import type { AssetWire, Column, Delta, DeltaAssets, Freshness, Value } from '../live/wire';

export type Asset = AssetWire;
export type FreshnessCounts = Record<Freshness, number>;

export function noCounts(): FreshnessCounts {
  return { live: 0, stale: 0, unseen: 0, offline: 0 };
}

export interface KindTally {
  counts: FreshnessCounts;
  /** The measured time of the newest reading of the kind. */
  newestAt: number | null;
}

/** Columns that are the asset's own and not one of its fields. */
const OWN_COLUMNS = new Set(['id', 'at', 'freshness']);

export class AssetStore {
  private readonly records = new Map<number, Asset>();
  private readonly numbers = new Map<string, number>();
  private readonly kindRecords = new Map<string, Map<number, Asset>>();
  private readonly tallies = new Map<string, KindTally>();
  /** Grows with every change. */
  version = 0;
  /** Grows when assets come or go, or move: what is laid out once must be laid out again. */
  shape = 0;
  /** The newest measured time of the last change, for the latency corner. */
  lastMeasuredAt: number | null = null;

  get size(): number {
    return this.records.size;
  }

  all(): IterableIterator<Asset> {
    return this.records.values();
  }

  get(id: string): Asset | undefined {
    const n = this.numbers.get(id);
    return n === undefined ? undefined : this.records.get(n);
  }

  /** By its short number in this epoch. */
  byNumber(n: number): Asset | undefined {
    return this.records.get(n);
  }

  tally(kind: string): KindTally {
    return this.tallies.get(kind) ?? { counts: noCounts(), newestAt: null };
  }

  ofKind(kind: string): Iterable<Asset> {
    return this.kindRecords.get(kind)?.values() ?? [];
  }

  replace(assets: AssetWire[]): void {
    this.records.clear();
    this.numbers.clear();
    this.tallies.clear();
    this.kindRecords.clear();
    for (const asset of assets) this.add(asset);
    this.touched(true);
  }

  apply(delta: Delta): void {
    if (delta.assets !== undefined) this.applyColumns(delta.assets);
    for (const asset of delta.new ?? []) {
      this.remove(asset.n);
      this.add(asset);
    }
    for (const n of delta.gone ?? []) this.remove(n);
    this.touched((delta.gone?.length ?? 0) + (delta.new?.length ?? 0) > 0);
  }

  private applyColumns(columns: DeltaAssets): void {
    const rows = columns.id.map((n) => this.records.get(n));
    for (const [name, column] of Object.entries(columns)) {
      if (OWN_COLUMNS.has(name)) continue;
      // A field the catalog calls `at` travels as `v.at`.
      const field = name.startsWith('v.') ? name.slice(2) : name;
      eachCell(column, (row, value) => {
        const asset = rows[row];
        if (asset !== undefined) asset.v[field] = value;
      });
    }
    const freshness = columns['freshness'];
    if (freshness !== undefined)
      eachCell(freshness, (row, value) => this.refresh(rows[row], value as Freshness));
    const at = columns['at'];
    if (at !== undefined) eachCell(at, (row, value) => this.measured(rows[row], value));
  }

  private refresh(asset: Asset | undefined, freshness: Freshness): void {
    if (asset === undefined || asset.freshness === freshness) return;
    const { counts } = this.tallyOf(asset.kind);
    counts[asset.freshness] -= 1;
    counts[freshness] += 1;
    asset.freshness = freshness;
  }

  private measured(asset: Asset | undefined, at: Value): void {
    if (asset === undefined || typeof at !== 'number') return;
    asset.at = at;
    const tally = this.tallyOf(asset.kind);
    tally.newestAt = Math.max(tally.newestAt ?? at, at);
    this.lastMeasuredAt = Math.max(this.lastMeasuredAt ?? at, at);
  }

  private add(asset: AssetWire): void {
    this.records.set(asset.n, asset);
    this.numbers.set(asset.id, asset.n);
    const kin = this.kindRecords.get(asset.kind);
    if (kin === undefined) this.kindRecords.set(asset.kind, new Map([[asset.n, asset]]));
    else kin.set(asset.n, asset);
    const tally = this.tallyOf(asset.kind);
    tally.counts[asset.freshness] += 1;
    if (asset.at !== null) tally.newestAt = Math.max(tally.newestAt ?? asset.at, asset.at);
  }

  private remove(n: number): void {
    const asset = this.records.get(n);
    if (asset === undefined) return;
    this.records.delete(n);
    this.numbers.delete(asset.id);
    this.kindRecords.get(asset.kind)?.delete(n);
    this.tallyOf(asset.kind).counts[asset.freshness] -= 1;
  }

  private tallyOf(kind: string): KindTally {
    let tally = this.tallies.get(kind);
    if (tally === undefined) {
      tally = { counts: noCounts(), newestAt: null };
      this.tallies.set(kind, tally);
    }
    return tally;
  }

  private touched(shape: boolean): void {
    this.version += 1;
    if (shape) this.shape += 1;
  }
}

function eachCell(column: Column<Value>, take: (row: number, value: Value) => void): void {
  if (Array.isArray(column)) column.forEach((value, row) => take(row, value));
  else column.i.forEach((row, k) => take(row, column.v[k] ?? null));
}
