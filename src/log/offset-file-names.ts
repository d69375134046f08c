import { OFFSET_DIGITS } from "./file-names.ts";

const NAME = new RegExp(`^\\d{${OFFSET_DIGITS}}\\.`);
const NONE: ReadonlySet<number> = new Set();

/** The offsets that the files of a directory are named after, by suffix: a start reads many names, each of them once. */
export class OffsetFileNames {
  readonly #offsets = new Map<string, Set<number>>();

  constructor(names: Iterable<string>) {
    for (const name of names) {
      if (!NAME.test(name)) continue;
      const suffix = name.slice(OFFSET_DIGITS);
      const offset = Number(name.slice(0, OFFSET_DIGITS));
      const known = this.#offsets.get(suffix);
      if (known === undefined) this.#offsets.set(suffix, new Set([offset]));
      else known.add(offset);
    }
  }

  of(suffix: string): ReadonlySet<number> {
    return this.#offsets.get(suffix) ?? NONE;
  }
}
