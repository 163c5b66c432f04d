// The server's time on this machine. Owns the offsets between the clocks; device clocks never come near it.

/** Beyond this the browser's clock is flagged. */
export const SKEW_LIMIT_MS = 2_000;

/** What the server tells of its clocks. */
export interface Heard {
  serverTime: number;
  /** Its machine's own time: a demo's clock is another. */
  machineTime: number;
  /** How fast `serverTime` runs. */
  speed: number;
}

export class ServerClock {
  private readonly server = new Offset();
  private readonly machine = new Offset();
  private skewMs = 0;

  hear({ serverTime, machineTime, speed }: Heard, monotonic: number, wallClock: number): void {
    this.server.hear(serverTime, monotonic, speed);
    this.machine.hear(machineTime, monotonic, 1);
    this.skewMs = wallClock - this.machine.at(monotonic);
  }

  get known(): boolean {
    return this.server.known;
  }

  now(monotonic: number = performance.now()): number {
    return this.known ? this.server.at(monotonic) : Date.now();
  }

  /** How many of the server's seconds pass in one of ours; 1 but in a demo. */
  get speed(): number {
    return this.server.speed;
  }

  /** How far the browser's clock is ahead of the clock of the server's machine. */
  get skew(): number {
    return this.skewMs;
  }
}

/** A clock far away against the monotonic one here; the browser's wall clock may be set while we run. */
class Offset {
  private base: number | null = null;
  speed = 1;

  get known(): boolean {
    return this.base !== null;
  }

  at(monotonic: number): number {
    return (this.base ?? 0) + monotonic * this.speed;
  }

  /** A time as it arrived. A delayed frame can only make it look earlier, so the latest estimate wins slowly backwards. */
  hear(time: number, monotonic: number, speed: number): void {
    if (speed !== this.speed) this.base = null;
    this.speed = speed;
    const heard = time - monotonic * speed;
    if (this.base === null || heard > this.base || this.base - heard > SKEW_LIMIT_MS * speed) this.base = heard;
    else this.base -= Math.min(20 * speed, this.base - heard);
  }
}
