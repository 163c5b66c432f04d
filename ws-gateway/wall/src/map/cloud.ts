// Every asset of the map as flat arrays, so that 50,000 of them are walked without touching 50,000 objects, and the
// choice of which are drawn: symbols that would lie on one another are one.

import type { Freshness } from '../live/wire';
import type { AssetStore } from '../store/assets';
import type { Plane } from './schematic';
import { domainOf } from './shapes';
import type { View } from './view';

const FRESHNESS: readonly Freshness[] = ['live', 'stale', 'unseen', 'offline'];

export interface Symbol {
  domain: string;
  freshness: Freshness;
}

export class AssetCloud {
  private xs = new Float32Array(0);
  private ys = new Float32Array(0);
  /** For each asset its domain's place in `domains`, times four, plus its freshness. */
  private codes = new Uint16Array(0);
  private readonly domains: string[] = [];
  private shape = -1;
  private version = -1;
  private grid = new Uint8Array(0);

  /** Follows the store: places when assets came or went, freshness whenever anything changed. */
  follow(assets: AssetStore, plane: Plane): void {
    if (this.shape !== assets.shape) this.place(assets, plane);
    if (this.version !== assets.version) this.recode(assets);
    this.shape = assets.shape;
    this.version = assets.version;
  }

  /** Visits the symbols in view, those not live first: of several in one place, the one that is not well is seen. */
  visit(view: View, size: number, hidden: ReadonlySet<string>, take: (symbol: Symbol, x: number, y: number) => void): void {
    const symbols = this.symbols(hidden);
    const pitch = size * 0.6;
    const columns = Math.ceil(view.width / pitch) + 1;
    const cells = columns * (Math.ceil(view.height / pitch) + 1);
    if (this.grid.length < cells) this.grid = new Uint8Array(cells);
    else this.grid.fill(0, 0, cells);
    const [left, top] = view.toPixels([0, 0]);
    for (const live of [false, true])
      for (let i = 0; i < this.xs.length; i += 1) {
        const code = this.codes[i] ?? 0;
        const symbol = symbols[code];
        if (symbol === undefined || symbol === null || code % 4 === 0 !== live) continue;
        const x = left + (this.xs[i] ?? 0) * view.scale;
        const y = top + (this.ys[i] ?? 0) * view.scale;
        // Also false for an asset without a place, which is NaN.
        if (!(x >= 0 && y >= 0 && x < view.width && y < view.height)) continue;
        const cell = Math.floor(y / pitch) * columns + Math.floor(x / pitch);
        if (this.grid[cell] === 1) continue;
        this.grid[cell] = 1;
        take(symbol, x, y);
      }
  }

  private symbols(hidden: ReadonlySet<string>): (Symbol | null)[] {
    return this.domains.flatMap((domain) =>
      FRESHNESS.map((freshness) => (hidden.has(domain) ? null : { domain, freshness })),
    );
  }

  private place(assets: AssetStore, plane: Plane): void {
    this.xs = new Float32Array(assets.size);
    this.ys = new Float32Array(assets.size);
    this.codes = new Uint16Array(assets.size);
    let i = 0;
    for (const { id, kind, lat, lon } of assets.all()) {
      const [x, y] = lat === null || lon === null || isDerived(id, kind) ? [NaN, NaN] : plane.point(lat, lon);
      this.xs[i] = x;
      this.ys[i] = y;
      i += 1;
    }
  }

  private recode(assets: AssetStore): void {
    const places = new Map<string, number>();
    let i = 0;
    for (const { kind, freshness } of assets.all()) {
      let place = places.get(kind);
      if (place === undefined) {
        place = this.domainPlace(domainOf(kind));
        places.set(kind, place);
      }
      this.codes[i] = place * 4 + FRESHNESS.indexOf(freshness);
      i += 1;
    }
  }

  private domainPlace(domain: string): number {
    const known = this.domains.indexOf(domain);
    return known === -1 ? this.domains.push(domain) - 1 : known;
  }
}

/** Derived readings stand on top of the assets they are made of: a figure not yet computed would make a live station look unknown. */
function isDerived(id: string, kind: string): boolean {
  return id.includes(':') && id.startsWith(`${kind.replace('/', '-')}:`);
}
