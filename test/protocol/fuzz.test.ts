import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { codecFor, encodeToBytes } from "../../src/protocol/codec.ts";
import { type Layout, layoutOf, type ValueLayout } from "../../src/protocol/layout.ts";
import { ProtocolError } from "../../src/protocol/protocol-error.ts";
import { Reader } from "../../src/protocol/reader.ts";
import { ZERO_UUID } from "../../src/protocol/uuid.ts";
import { ALL_VERSIONS, type MessageVersion } from "./all-messages.ts";
import { makeInstance, SeededRandom } from "./instances.ts";

/** Mutated frames in all; the second stage of CI asks for a million. */
const CASES = Number(process.env.POLYLOG_FUZZ_CASES ?? 20_000);
const SLOWEST_CASE_MS = 2000;

describe("hostile bytes", () => {
  test(`${CASES} mutated messages are decoded or refused, in time`, { timeout: 1_800_000 }, () => {
    const perVersion = Math.ceil(CASES / ALL_VERSIONS.length);
    let refused = 0;
    for (const [index, pair] of ALL_VERSIONS.entries()) {
      const random = new SeededRandom(index);
      for (let round = 0; round < perVersion; round++) {
        const seed = random.integer(1000);
        const bytes = encodeToBytes(pair.message, pair.version, makeInstance(pair.message, pair.version, seed));
        const start = performance.now();
        if (isRefused(pair, mutate(bytes, random))) refused++;
        expect(performance.now() - start).toBeLessThan(SLOWEST_CASE_MS);
      }
    }
    // Most mutations break something; were none noticed, this test would prove nothing.
    expect(refused).toBeGreaterThan(CASES / 4);
  });

  test("truncated anywhere, a message is refused", () => {
    for (const pair of ALL_VERSIONS) {
      const bytes = encodeToBytes(pair.message, pair.version, makeInstance(pair.message, pair.version, 5));
      const step = Math.max(1, Math.floor(bytes.length / 50));
      for (let length = 0; length < bytes.length; length += step) {
        const where = `${pair.message.name} version ${pair.version}, ${length} of ${bytes.length} bytes`;
        expect(isRefused(pair, bytes.slice(0, length)), where).toBe(true);
      }
    }
  });
});

describe("a frame that says much with little", () => {
  const BOMB_BYTES = 1024 * 1024;
  const MOST_HEAP_BYTES = 16 * BOMB_BYTES + 1024 * 1024;
  /** The smallest encodings: zeros are empty strings, arrays and structs; ones are the empty ones of flexible versions. */
  const FILLERS = [0x00, 0x01, 0x02];

  const versions = ALL_VERSIONS.filter(({ message, version }) => hasArray(layoutOf(message, version)));
  const chosen = CASES > 100_000 ? versions : versions.filter((_, index) => index % 40 === 0);

  test.skipIf("Bun" in globalThis || "Deno" in globalThis)(
    "costs at most 16 times its size, and a megabyte",
    { timeout: 1_800_000 },
    () => {
      const collectGarbage = garbageCollector();
      for (const pair of chosen) {
        for (const filler of FILLERS) {
          const bomb = makeBomb(pair, BOMB_BYTES, filler);
          const where = `${pair.message.name} version ${pair.version} filled with ${filler}`;
          collectGarbage();
          const before = process.memoryUsage().heapUsed;
          const value = decoded(pair, bomb);
          if (value === undefined) continue;
          collectGarbage();
          expect(process.memoryUsage().heapUsed - before, where).toBeLessThan(MOST_HEAP_BYTES);
          expect(value, where).toBeDefined();
        }
      }
    },
  );
});

function isRefused(pair: MessageVersion, bytes: Uint8Array): boolean {
  return decoded(pair, bytes) === undefined;
}

/** Undefined when the bytes are refused; any error but a ProtocolError is a bug. */
function decoded({ message, version }: MessageVersion, bytes: Uint8Array): unknown {
  try {
    return codecFor(message, version).decode(new Reader(bytes));
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw new Error(`${message.name} version ${version}: ${Buffer.from(bytes).toString("hex")}`, { cause: error });
  }
}

/** One to four changes: bytes set, flipped, removed, inserted, copied elsewhere, lengths made huge or negative, the end cut off. */
function mutate(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  let mutated = Uint8Array.from(bytes);
  for (let changes = 1 + random.integer(4); changes > 0; changes--) {
    const at = random.integer(mutated.length + 1);
    const head = mutated.slice(0, at);
    const tail = mutated.slice(at);
    switch (random.integer(7)) {
      case 0:
        mutated = head;
        break;
      case 1:
        mutated = Uint8Array.of(...head, ...random.bytes(1 + random.integer(8)), ...tail);
        break;
      case 2:
        mutated = Uint8Array.of(...head, ...tail.slice(1 + random.integer(8)));
        break;
      case 3:
        mutated = Uint8Array.of(...head, ...LENGTHS[random.integer(LENGTHS.length)]!, ...tail.slice(4));
        break;
      case 4:
        mutated = Uint8Array.of(...head, ...mutated.slice(random.integer(mutated.length + 1)));
        break;
      default:
        if (tail.length > 0)
          tail[0] = random.integer(2) === 0 ? random.integer(256) : tail[0]! ^ (1 << random.integer(8));
        mutated = Uint8Array.of(...head, ...tail);
    }
    mutated = mutated.slice(0, 20_000);
  }
  return mutated;
}

const LENGTHS = [
  [0x7f, 0xff, 0xff, 0xff],
  [0xff, 0xff, 0xff, 0xff],
  [0x80, 0x00, 0x00, 0x00],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0xff, 0xff, 0xff, 0xff, 0x07],
  [0x80, 0x80, 0x80, 0x80, 0x01],
  [0x00, 0x00, 0x40, 0x00],
  [0xff, 0x7f],
];

function hasArray(layout: Layout): boolean {
  return layout.ordinary.some(({ value }) => value.element !== undefined);
}

/** A message whose first array takes all the bytes there are, with elements as small as they can be. */
function makeBomb({ message, version }: MessageVersion, sizeBytes: number, filler: number): Uint8Array {
  const layout = layoutOf(message, version);
  const arrays = layout.ordinary.filter(({ value }) => value.element !== undefined);
  const target = arrays[0]!;
  const instance = makeInstance(message, version, 0);
  for (const { field } of arrays) instance[field.name] = [];
  const bytes = encodeToBytes(message, version, instance);
  // Where the length of the array is: the first byte that changes when it has an element.
  instance[target.field.name] = [zeroElement(target.value.element!)];
  const at = firstDifference(bytes, encodeToBytes(message, version, instance));
  const start = target.compact ? at : at - 3;
  const bomb = new Uint8Array(sizeBytes).fill(filler);
  bomb.set(bytes.subarray(0, start));
  const count = Math.floor((sizeBytes - start - 10) / Math.max(1, target.value.element!.leastSize));
  bomb.set(target.compact ? unsignedVarint(count + 1) : int32(count), start);
  return bomb;
}

function zeroElement({ type, struct }: ValueLayout): unknown {
  if (struct !== undefined) return Object.fromEntries(struct.fields.map(({ field }) => [field.name, field.default]));
  return type.kind === "string" ? "" : type.kind === "uuid" ? ZERO_UUID : 0;
}

function firstDifference(a: Uint8Array, b: Uint8Array): number {
  return a.findIndex((byte, index) => byte !== b[index]);
}

function unsignedVarint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsignedVarint(value >>> 7)];
}

function int32(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

function garbageCollector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}
