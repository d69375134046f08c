import type { Timeline } from "./timeline.ts";
import { TimelineMap } from "./timeline-map.ts";

/** A set with a latest and a committed state, see {@link Timeline}. */
export class TimelineSet<T> {
  readonly #members: TimelineMap<T, true>;

  constructor(timeline: Timeline) {
    this.#members = new TimelineMap(timeline);
  }

  get size(): number {
    return this.#members.size;
  }

  has(member: T): boolean {
    return this.#members.has(member);
  }

  hasCommitted(member: T): boolean {
    return this.#members.hasCommitted(member);
  }

  add(member: T): void {
    if (!this.#members.has(member)) this.#members.set(member, true);
  }

  /** True when the member was there. */
  delete(member: T): boolean {
    return this.#members.delete(member);
  }

  clear(): void {
    this.#members.clear();
  }

  [Symbol.iterator](): MapIterator<T> {
    return this.#members.keys();
  }

  committed(): Generator<T> {
    return this.#members.committedKeys();
  }
}
