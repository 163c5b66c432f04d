// What stands around an alert's asset: what it hangs on, what hangs on it, and its like nearby. Pure.

import type { Asset, AssetStore } from '../store/assets';

const MOST = 6;

export interface Surroundings {
  upstream: Asset[];
  dependents: Asset[];
  dependentCount: number;
  near: Asset[];
}

export function surroundings(asset: Asset, assets: AssetStore): Surroundings {
  const dependents: Asset[] = [];
  const near: { asset: Asset; distance: number }[] = [];
  for (const other of assets.all()) if (other.uplink === asset.id) dependents.push(other);
  for (const other of assets.ofKind(asset.kind))
    if (other.id !== asset.id && other.uplink !== asset.id) {
      const distance = apart(asset, other);
      if (distance !== null) near.push({ asset: other, distance });
    }
  near.sort((a, b) => a.distance - b.distance);
  dependents.sort((a, b) => Number(a.freshness === 'live') - Number(b.freshness === 'live'));
  return {
    upstream: chain(asset, assets),
    dependents: dependents.slice(0, MOST),
    dependentCount: dependents.length,
    near: near.slice(0, MOST).map((entry) => entry.asset),
  };
}

/** The uplink and its uplinks; a registry with a circle in it ends the chain. */
function chain(asset: Asset, assets: AssetStore): Asset[] {
  const found: Asset[] = [];
  let at = assets.get(asset.uplink ?? '');
  while (at !== undefined && !found.includes(at) && found.length < MOST) {
    found.push(at);
    at = assets.get(at.uplink ?? '');
  }
  return found;
}

/** In degrees of latitude; of an asset without a place only its own area is near. */
function apart(a: Asset, b: Asset): number | null {
  if (a.lat === null || a.lon === null || b.lat === null || b.lon === null) return a.area !== null && a.area === b.area ? 0 : null;
  return Math.hypot(a.lat - b.lat, (a.lon - b.lon) * Math.cos((a.lat * Math.PI) / 180));
}
