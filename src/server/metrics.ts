/**
 * What the broker counts. Recording is a few additions into typed arrays, so that the request path allocates nothing; names,
 * labels and text are made when `/metrics` is requested.
 */

/** A number that only grows. */
export class Counter {
  #value = 0;

  get value(): number {
    return this.#value;
  }

  add(amount: number): void {
    this.#value += amount;
  }
}

/** Counts observations by upper bound, and adds them up. */
export class Histogram {
  readonly bounds: readonly number[];
  /** One count per bound and a last one for everything larger; not cumulative. */
  readonly counts: Float64Array;
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  get sum(): number {
    return this.#sum;
  }

  observe(value: number): void {
    let slot = 0;
    while (slot < this.bounds.length && value > this.bounds[slot]!) slot++;
    this.counts[slot]!++;
    this.#sum += value;
  }
}

/** Upper bounds in milliseconds, from the cheapest heartbeat to the longest poll. */
const REQUEST_DURATION_BOUNDS_MS: readonly number[] = [
  0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000,
];

/** The requests of one API. */
export class ApiMetrics {
  readonly durationMs = new Histogram(REQUEST_DURATION_BOUNDS_MS);
  /** Requests by version. */
  readonly versions = new Float64Array(MOST_VERSIONS);
  readonly bytesIn = new Counter();
  readonly bytesOut = new Counter();
}

/** More versions than any API has. */
const MOST_VERSIONS = 32;

/** The connections of one listener. */
export class ListenerMetrics {
  readonly opened = new Counter();
  readonly closed = new Counter();
  /** Refused, or closed because of what they sent: a frame that is too large, bytes that are no request. */
  readonly failed = new Counter();
}

export class Metrics {
  /** By API key; an API that was never asked for has no entry. */
  readonly apis: (ApiMetrics | undefined)[] = [];
  readonly listeners = new Map<string, ListenerMetrics>();

  /** Bytes are those of the frames, with their length fields. */
  requestCompleted(apiKey: number, apiVersion: number, durationMs: number, bytesIn: number, bytesOut: number): void {
    let api = this.apis[apiKey];
    if (api === undefined) {
      api = new ApiMetrics();
      this.apis[apiKey] = api;
    }
    api.durationMs.observe(durationMs);
    if (apiVersion >= 0 && apiVersion < MOST_VERSIONS) api.versions[apiVersion]!++;
    api.bytesIn.add(bytesIn);
    api.bytesOut.add(bytesOut);
  }

  connectionOpened(listenerName: string): void {
    this.#listener(listenerName).opened.add(1);
  }

  connectionClosed(listenerName: string): void {
    this.#listener(listenerName).closed.add(1);
  }

  connectionFailed(listenerName: string): void {
    this.#listener(listenerName).failed.add(1);
  }

  #listener(name: string): ListenerMetrics {
    let metrics = this.listeners.get(name);
    if (metrics === undefined) {
      metrics = new ListenerMetrics();
      this.listeners.set(name, metrics);
    }
    return metrics;
  }
}
