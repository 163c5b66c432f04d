// What the engine's health says of its disk. Pure.

import { number, type Json } from './json';

/** `no-reserve`: all is still written, on the last room there is. `refuses`: what is shown is not durable. */
export type DiskState = 'unknown' | 'fine' | 'no-reserve' | 'refuses';

export interface Disk {
  state: DiskState;
  freeBytes: number | null;
}

export function diskOf(health: Json): Disk {
  const freeBytes = number(health['disk_free_bytes']);
  return { state: stateOf(health), freeBytes };
}

function stateOf({ durable, disk_reserve: reserve }: Json): DiskState {
  if (durable === false) return 'refuses';
  if (reserve === false) return 'no-reserve';
  return durable === true ? 'fine' : 'unknown';
}
