import type { Timeline } from "./timeline.ts";

/**
 * A map that can be read at its latest and at its committed state, and taken back to any uncommitted offset, see
 * {@link Timeline}. Iteration follows the order of insertion of the latest state; removing while iterating is allowed.
 */
export class TimelineMap<K, V> {
  readonly #timeline: Timeline;
  readonly #latest = new Map<K, V>();
  /** For a key with uncommitted changes: what each of them replaced, oldest first. */
  readonly #replaced = new Map<K, Replaced<V>[]>();

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  get size(): number {
    return this.#latest.size;
  }

  get(key: K): V | undefined {
    return this.#latest.get(key);
  }

  has(key: K): boolean {
    return this.#latest.has(key);
  }

  set(key: K, value: V): void {
    this.#remember(key);
    this.#latest.set(key, value);
  }

  /** True when the key was there. */
  delete(key: K): boolean {
    if (!this.#latest.has(key)) return false;
    this.#remember(key);
    return this.#latest.delete(key);
  }

  clear(): void {
    for (const key of [...this.#latest.keys()]) this.delete(key);
  }

  keys(): MapIterator<K> {
    return this.#latest.keys();
  }

  values(): MapIterator<V> {
    return this.#latest.values();
  }

  entries(): MapIterator<[K, V]> {
    return this.#latest.entries();
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.#latest.entries();
  }

  getCommitted(key: K): V | undefined {
    const replaced = this.#replaced.get(key);
    if (replaced === undefined) return this.#latest.get(key);
    return replaced[0]!.present ? replaced[0]!.value : undefined;
  }

  hasCommitted(key: K): boolean {
    const replaced = this.#replaced.get(key);
    return replaced === undefined ? this.#latest.has(key) : replaced[0]!.present;
  }

  *committedEntries(): Generator<[K, V]> {
    for (const [key, value] of this.#latest) {
      const replaced = this.#replaced.get(key)?.[0];
      if (replaced === undefined) yield [key, value];
      else if (replaced.present) yield [key, replaced.value];
    }
    for (const [key, replaced] of this.#replaced) {
      const oldest = replaced[0]!;
      if (oldest.present && !this.#latest.has(key)) yield [key, oldest.value];
    }
  }

  *committedKeys(): Generator<K> {
    for (const [key] of this.committedEntries()) yield key;
  }

  *committedValues(): Generator<V> {
    for (const [, value] of this.committedEntries()) yield value;
  }

  #remember(key: K): void {
    const value: Replaced<V> = this.#latest.has(key)
      ? { present: true, value: this.#latest.get(key) as V }
      : { present: false };
    const replaced = this.#replaced.get(key);
    if (replaced === undefined) this.#replaced.set(key, [value]);
    else replaced.push(value);
    this.#timeline.record(
      () => this.#settle(key),
      () => this.#undo(key),
    );
  }

  #settle(key: K): void {
    const replaced = this.#replaced.get(key)!;
    if (replaced.length === 1) this.#replaced.delete(key);
    else replaced.shift();
  }

  #undo(key: K): void {
    const replaced = this.#replaced.get(key)!;
    const value = replaced.pop()!;
    if (replaced.length === 0) this.#replaced.delete(key);
    if (value.present) this.#latest.set(key, value.value);
    else this.#latest.delete(key);
  }
}

type Replaced<V> = { readonly present: true; readonly value: V } | { readonly present: false };
