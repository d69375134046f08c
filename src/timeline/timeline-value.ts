import type { Timeline } from "./timeline.ts";

/** A single value with a latest and a committed state, see {@link Timeline}. */
export class TimelineValue<T> {
  readonly #timeline: Timeline;
  #latest: T;
  /** What each uncommitted change replaced, oldest first. */
  readonly #replaced: T[] = [];

  constructor(timeline: Timeline, initial: T) {
    this.#timeline = timeline;
    this.#latest = initial;
  }

  get(): T {
    return this.#latest;
  }

  getCommitted(): T {
    return this.#replaced.length > 0 ? this.#replaced[0]! : this.#latest;
  }

  set(value: T): void {
    this.#replaced.push(this.#latest);
    this.#latest = value;
    this.#timeline.record(
      () => {
        this.#replaced.shift();
      },
      () => {
        this.#latest = this.#replaced.pop()!;
      },
    );
  }
}
