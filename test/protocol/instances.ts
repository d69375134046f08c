import { type FieldLayout, type Layout, layoutOf, type ValueLayout } from "../../src/protocol/layout.ts";
import type { RawTaggedField } from "../../src/protocol/reader.ts";
import type { Message } from "../../src/protocol/schema.ts";
import { uuidFromBytes } from "../../src/protocol/uuid.ts";

/** A generator of numbers that a seed repeats (xorshift, 32 bits). */
export class SeededRandom {
  private state: number;

  constructor(seed: number) {
    this.state = (Math.imul(seed + 1, 0x9e3779b1) ^ 0x5bd1e995) | 1;
  }

  /** A uniform integer in [0, below). */
  integer(below: number): number {
    return Math.floor(this.next() * below);
  }

  /** A number in [0, 1). */
  next(): number {
    let state = this.state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.state = state;
    return (state >>> 0) / 0x1_0000_0000;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.integer(values.length)]!;
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.integer(256));
  }
}

/** How the values of an instance are drawn. */
export type Flavour =
  /** Nulls, empty strings, empty arrays, the least numbers. */
  | "least"
  /** The largest numbers, texts of all scripts, every tagged field. */
  | "most"
  /** Anything, edge values often. */
  | "random";

export type Instance = Record<string, unknown> & { unknownTaggedFields?: RawTaggedField[] };

/** A value of a message that this version can carry: fields that it lacks are at their defaults. */
export function makeInstance(message: Message, version: number, seed: number): Instance {
  const flavour = seed === 0 ? "least" : seed === 1 ? "most" : "random";
  return new InstanceMaker(new SeededRandom(seed), flavour).struct(layoutOf(message, version), 0);
}

const INTEGERS = { int8: 0x7f, int16: 0x7fff, int32: 0x7fff_ffff, int64: Number.MAX_SAFE_INTEGER } as const;
const LONG_MAX = 2n ** 63n - 1n;
const WIDE = [LONG_MAX, -LONG_MAX - 1n, 2n ** 53n, -(2n ** 53n), 0x7fff_ffff_0000_0001n];
const TEXTS = [
  "",
  "a",
  "topic-1",
  "naïve",
  "Ελλάδα",
  "日本語",
  "한국어",
  "🎉 party",
  "\u0000",
  "\ufeffbom",
  "x".repeat(130),
];
const DOUBLES = [0, -0, 1.5, -1e300, 5e-324, 1.7976931348623157e308];

class InstanceMaker {
  private readonly random: SeededRandom;
  private readonly flavour: Flavour;

  constructor(random: SeededRandom, flavour: Flavour) {
    this.random = random;
    this.flavour = flavour;
  }

  struct(layout: Layout, depth: number): Instance {
    const instance: Instance = {};
    for (const each of layout.fields) {
      instance[each.field.name] = each.present && !this.omits(each) ? this.field(each, depth) : each.field.default;
    }
    if (layout.flexible && this.adds()) instance.unknownTaggedFields = this.unknownTaggedFields(layout);
    return instance;
  }

  /** Whether a tagged field stays at its default. */
  private omits({ field }: FieldLayout): boolean {
    if (field.tag === undefined || this.flavour === "most") return false;
    return this.flavour === "least" || this.random.chance(0.4);
  }

  private adds(): boolean {
    return this.flavour === "most" || (this.flavour === "random" && this.random.chance(0.15));
  }

  private field(each: FieldLayout, depth: number): unknown {
    const nullChance = this.flavour === "least" ? 1 : this.flavour === "most" ? 0 : 0.2;
    if (each.nullable && this.random.chance(nullChance)) return null;
    return this.value(each.value, depth);
  }

  private value({ type, struct, element }: ValueLayout, depth: number): unknown {
    const { random } = this;
    switch (type.kind) {
      case "boolean":
        return this.flavour === "random" ? random.chance(0.5) : this.flavour === "most";
      case "int8":
      case "int16":
      case "int32":
      case "int64":
        return this.integer(INTEGERS[type.kind]);
      case "wideInt64":
        if (this.flavour === "random" && random.chance(0.7)) return this.integer(INTEGERS.int64);
        return this.flavour === "least" ? -LONG_MAX - 1n : this.flavour === "most" ? LONG_MAX : random.pick(WIDE);
      case "uint16":
        return this.natural(0xffff);
      case "uint32":
        return this.natural(0xffff_ffff);
      case "float64":
        return this.flavour === "random" && random.chance(0.5) ? (random.next() - 0.5) * 1e6 : random.pick(DOUBLES);
      case "uuid":
        return uuidFromBytes(this.flavour === "least" ? new Uint8Array(16) : random.bytes(16));
      case "string":
        return this.text();
      case "bytes":
      case "records":
        return this.bytes();
      case "recordParts":
        return [this.bytes()];
      case "struct":
        return this.struct(struct!, depth + 1);
      case "array":
        return Array.from({ length: this.length(depth, element!) }, () => this.value(element!, depth + 1));
    }
  }

  private integer(most: number): number {
    if (this.flavour === "least") return -most - (most === INTEGERS.int64 ? 0 : 1);
    if (this.flavour === "most") return most;
    const { random } = this;
    if (random.chance(0.3)) return (random.pick([0, 1, -1, most, -most, 127, 128]) % (most + 1)) | 0 || 0;
    const magnitude = random.integer(random.chance(0.5) ? Math.min(1000, most) : most);
    return random.chance(0.3) && magnitude > 0 ? -magnitude : magnitude;
  }

  private natural(most: number): number {
    if (this.flavour !== "random") return this.flavour === "least" ? 0 : most;
    return this.random.chance(0.2) ? most : this.random.integer(most);
  }

  private text(): string {
    if (this.flavour === "least") return "";
    const text = this.random.pick(TEXTS);
    return this.random.chance(0.5) ? text : `${text}${this.random.integer(1e9).toString(36)}`;
  }

  private bytes(): Uint8Array {
    if (this.flavour === "least") return new Uint8Array(0);
    return this.random.bytes(this.random.chance(0.05) ? 300 : this.random.integer(12));
  }

  private length(depth: number, element: ValueLayout): number {
    if (this.flavour === "least") return 0;
    if (element.struct === undefined && this.random.chance(0.02)) return 130;
    return this.random.integer(depth > 3 ? 2 : 4);
  }

  /** In ascending order, between and behind the tags that the schema has. */
  private unknownTaggedFields(layout: Layout): RawTaggedField[] {
    const known = new Set(layout.fields.map(({ field }) => field.tag));
    const tags = new Set([this.random.integer(4), this.random.integer(40), this.random.integer(100_000)]);
    return [...tags]
      .filter((tag) => !known.has(tag))
      .sort((a, b) => a - b)
      .map((tag) => ({ tag, data: this.bytes() }));
  }
}
