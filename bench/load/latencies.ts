export interface Percentiles {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
}

/** How long things took; nothing is allocated for one of them. */
export class Latencies {
  private readonly valuesMs: Float64Array;
  private count = 0;

  constructor(limit: number) {
    this.valuesMs = new Float64Array(limit);
  }

  add(ms: number): void {
    if (this.count < this.valuesMs.length) this.valuesMs[this.count++] = ms;
  }

  percentiles(): Percentiles {
    const sorted = this.valuesMs.subarray(0, this.count).sort();
    const at = (share: number) => sorted[Math.min(this.count - 1, Math.floor(this.count * share))] ?? 0;
    return { p50Ms: at(0.5), p99Ms: at(0.99), p999Ms: at(0.999) };
  }
}
