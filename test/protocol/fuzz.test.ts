import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { type Decode, encodeToBytes } from "../../src/protocol/codec.ts";
import { type Layout, layoutOf, type ValueLayout } from "../../src/protocol/layout.ts";
import { ProtocolError } from "../../src/protocol/protocol-error.ts";
import { Reader } from "../../src/protocol/reader.ts";
import { ZERO_UUID } from "../../src/protocol/uuid.ts";
import { ALL_VERSIONS, type MessageVersion } from "./all-messages.ts";
import { bothCodecs } from "./both-codecs.ts";
import { makeInstance, SeededRandom } from "./instances.ts";

/** Mutated frames in all; the second stage of CI asks for a million. */
const CASES = Number(process.env.POLYLOG_FUZZ_CASES ?? 10_000);
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
        const mutated = mutate(bytes, random);
        let spentMs = Number.POSITIVE_INFINITY;
        // What takes its time does so again; a machine that had something else to do does not.
        for (let attempt = 0; attempt < 3 && spentMs >= SLOWEST_CASE_MS; attempt++) {
          const startMs = performance.now();
          if (isRefused(pair, mutated) && attempt === 0) refused++;
          spentMs = performance.now() - startMs;
        }
        expect(spentMs).toBeLessThan(SLOWEST_CASE_MS);
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
  const TEXTS = ["", "a", "ab"];

  const versions = ALL_VERSIONS.filter(({ message, version }) => hasArray(layoutOf(message, version)));
  const chosen = versions.filter((_, index) => index % (CASES > 100_000 ? 5 : 40) === 0);

  test.skipIf("Bun" in globalThis || "Deno" in globalThis)(
    "costs at most 16 times its size, and a megabyte",
    { timeout: 1_800_000 },
    () => {
      const collectGarbage = garbageCollector();
      let measured = 0;
      const cases = chosen.flatMap((pair) =>
        decoders(pair).flatMap((decode) => TEXTS.map((text) => ({ pair, decode, text }))),
      );
      for (const { pair, decode, text } of cases) {
        const bomb = makeBomb(pair, BOMB_BYTES, text);
        const where = `${pair.message.name} version ${pair.version} with ${JSON.stringify(text)}`;
        collectGarbage();
        const before = process.memoryUsage().heapUsed;
        const value = decoded(pair, decode, bomb);
        if (value === undefined) continue;
        collectGarbage();
        expect(process.memoryUsage().heapUsed - before, where).toBeLessThan(MOST_HEAP_BYTES);
        expect(value, where).toBeDefined();
        measured++;
      }
      // Frames that are refused show nothing about memory; enough have to be taken.
      expect(measured).toBeGreaterThan(chosen.length / 2);
    },
  );
});

const decodersOf = new Map<MessageVersion, readonly Decode[]>();

/** Compiled, and by closures. */
function decoders(pair: MessageVersion): readonly Decode[] {
  let known = decodersOf.get(pair);
  if (known === undefined) {
    known = Object.values(bothCodecs(pair.message, pair.version)).map(({ decode }) => decode);
    decodersOf.set(pair, known);
  }
  return known;
}

/** Both ways of decoding have to agree. */
function isRefused(pair: MessageVersion, bytes: Uint8Array): boolean {
  const [compiled, interpreted] = decoders(pair).map((decode) => decoded(pair, decode, bytes) === undefined);
  if (compiled === interpreted) return compiled!;
  const { name } = pair.message;
  throw new Error(`${name} version ${pair.version} is refused one way only: ${Buffer.from(bytes).toString("hex")}`);
}

/** Undefined when the bytes are refused; any error but a ProtocolError is a bug. */
function decoded({ message, version }: MessageVersion, decode: Decode, bytes: Uint8Array): unknown {
  try {
    return decode(new Reader(bytes));
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

/** A valid message of about `sizeBytes`, nearly all of it one array of the smallest elements, or almost the smallest. */
function makeBomb({ message, version }: MessageVersion, sizeBytes: number, text: string): Uint8Array {
  const array = layoutOf(message, version).ordinary.find(({ value }) => value.element !== undefined)!;
  const instance = makeInstance(message, version, 0);
  const element = smallElement(array.value.element!, text);
  const encodeWith = (count: number) => {
    instance[array.field.name] = new Array(count).fill(element);
    return encodeToBytes(message, version, instance);
  };
  const elementSize = encodeWith(2).length - encodeWith(1).length;
  return encodeWith(Math.floor(sizeBytes / elementSize));
}

/** With `text` in every string, as many bytes in every field of bytes, and one element in arrays if there is any text. */
function smallElement({ type, struct, element }: ValueLayout, text: string): unknown {
  switch (type.kind) {
    case "struct":
      return Object.fromEntries(
        struct!.fields.map(({ field, present, value }) => [
          field.name,
          present && field.tag === undefined ? smallElement(value, text) : field.default,
        ]),
      );
    case "array":
      return text === "" ? [] : [smallElement(element!, text)];
    case "string":
      return text;
    case "bytes":
    case "records":
      return new Uint8Array(text.length);
    case "recordParts":
      return [new Uint8Array(text.length)];
    case "uuid":
      return ZERO_UUID;
    default:
      return type.kind === "boolean" ? false : 0;
  }
}

function garbageCollector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}
