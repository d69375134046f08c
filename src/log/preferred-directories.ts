/** A request can name partitions that never come. */
const MAX_PARTITIONS = 10_000;

/** In which log directories partitions are to be created that are not here yet. The oldest are forgotten when it is too many. */
export class PreferredDirectories {
  readonly #directories = new Map<string, string>();

  set(topic: string, partition: number, directory: string): void {
    const name = `${topic}-${partition}`;
    this.#directories.delete(name);
    this.#directories.set(name, directory);
    if (this.#directories.size <= MAX_PARTITIONS) return;
    for (const oldest of this.#directories.keys()) {
      this.#directories.delete(oldest);
      break;
    }
  }

  /** Undefined when any will do. */
  take(topic: string, partition: number): string | undefined {
    const name = `${topic}-${partition}`;
    const directory = this.#directories.get(name);
    this.#directories.delete(name);
    return directory;
  }
}
