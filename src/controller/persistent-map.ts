/**
 * An immutable map for many entries: a change copies one of its shards and shares the others, so that images of ten
 * thousand topics can follow one another at the price of a hundred entries each.
 */
export class PersistentMap<V> {
  readonly #shards: readonly ReadonlyMap<string, V>[];
  readonly size: number;

  private constructor(shards: readonly ReadonlyMap<string, V>[], size: number) {
    this.#shards = shards;
    this.size = size;
  }

  static empty<V>(): PersistentMap<V> {
    return new PersistentMap<V>(new Array(SHARD_COUNT).fill(NO_ENTRIES), 0);
  }

  get(key: string): V | undefined {
    return this.#shards[shardOf(key)]!.get(key);
  }

  has(key: string): boolean {
    return this.#shards[shardOf(key)]!.has(key);
  }

  /** The map after all of these changes; undefined as a value removes the key. */
  with(changes: Iterable<readonly [string, V | undefined]>): PersistentMap<V> {
    const shards = [...this.#shards];
    const copied = new Set<number>();
    let size = this.size;
    for (const [key, value] of changes) {
      const index = shardOf(key);
      if (!copied.has(index)) {
        shards[index] = new Map(shards[index]);
        copied.add(index);
      }
      const shard = shards[index] as Map<string, V>;
      size -= shard.size;
      if (value === undefined) shard.delete(key);
      else shard.set(key, value);
      size += shard.size;
    }
    return new PersistentMap(shards, size);
  }

  *values(): Generator<V> {
    for (const shard of this.#shards) yield* shard.values();
  }

  *entries(): Generator<[string, V]> {
    for (const shard of this.#shards) yield* shard.entries();
  }
}

/** A power of two. */
const SHARD_COUNT = 128;
const NO_ENTRIES: ReadonlyMap<string, never> = new Map<string, never>();

/** FNV-1a over the UTF-16 units. */
function shardOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  return (hash ^ (hash >>> 15)) & (SHARD_COUNT - 1);
}
