// The server's time on this machine. Owns the offset between the two clocks; device clocks never come near it.

/** Beyond this the browser's clock is flagged. */
export const SKEW_LIMIT_MS = 2_000;

export class ServerClock {
  /** Server time minus the monotonic clock; the browser's wall clock may be set while we run. */
  private base: number | null = null;
  private skewMs = 0;

  /** The server's time as it arrived. A delayed frame can only make it look earlier, so the latest estimate wins slowly backwards. */
  hear(serverTime: number, monotonic: number, wallClock: number): void {
    const heard = serverTime - monotonic;
    if (this.base === null || heard > this.base || this.base - heard > SKEW_LIMIT_MS) this.base = heard;
    else this.base -= Math.min(20, this.base - heard);
    this.skewMs = wallClock - (this.base + monotonic);
  }

  get known(): boolean {
    return this.base !== null;
  }

  now(monotonic: number = performance.now()): number {
    return this.base === null ? Date.now() : this.base + monotonic;
  }

  /** How far the browser's clock is ahead of the server's. */
  get skew(): number {
    return this.base === null ? 0 : this.skewMs;
  }
}
