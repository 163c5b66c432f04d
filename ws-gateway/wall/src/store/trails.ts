// What numbers did since the page was opened. Owns one bounded trail a series: when it is full, every second point is
// dropped and the spacing doubles, so that memory stays flat and the trail still begins where the page did.

const CAPACITY = 160;
const FIRST_SPACING_MS = 1_000;
/** Series kept at most; a city with more has trails for those heard first, and none for the rest. */
const MOST_SERIES = 20_000;

export class Trail {
  readonly times: number[] = [];
  /** NaN is unknown: an array of numbers alone is half the size of one with nulls. */
  private readonly numbers: number[] = [];
  private spacing = FIRST_SPACING_MS;

  /** The values as uPlot takes them: null where unknown. */
  values(): (number | null)[] {
    return this.numbers.map((value) => (Number.isNaN(value) ? null : value));
  }

  add(time: number, value: number | null): void {
    const number = value ?? NaN;
    const last = this.times.length - 1;
    const lastTime = this.times[last];
    if (lastTime !== undefined && time < lastTime) return;
    // Turning unknown is never thinned away: a gap in the line is the message.
    const turned = Number.isNaN(number) !== Number.isNaN(this.numbers[last] ?? NaN);
    if (lastTime !== undefined && time - lastTime < this.spacing && !turned) {
      this.numbers[last] = number;
      return;
    }
    this.times.push(time);
    this.numbers.push(number);
    if (this.times.length > CAPACITY) this.thin();
  }

  private thin(): void {
    let kept = 0;
    for (let i = 0; i < this.times.length; i += 2) {
      this.times[kept] = this.times[i] ?? 0;
      this.numbers[kept] = this.numbers[i] ?? NaN;
      kept += 1;
    }
    this.times.length = kept;
    this.numbers.length = kept;
    this.spacing *= 2;
  }
}

/** Trails by asset and field. */
export class Trails {
  private readonly trails = new Map<string, Map<string, Trail>>();
  private series = 0;

  constructor(private readonly limit = MOST_SERIES) {}

  add(asset: string, field: string, time: number, value: number | null): void {
    const trail = this.get(asset, field) ?? this.begin(asset, field);
    trail?.add(time, value);
  }

  get(asset: string, field: string): Trail | undefined {
    return this.trails.get(asset)?.get(field);
  }

  private begin(asset: string, field: string): Trail | null {
    if (this.series >= this.limit) return null;
    this.series += 1;
    const trail = new Trail();
    const fields = this.trails.get(asset);
    if (fields === undefined) this.trails.set(asset, new Map([[field, trail]]));
    else fields.set(field, trail);
    return trail;
  }
}
