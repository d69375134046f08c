import { describe, expect, test } from "vitest";
import type { Compression } from "../../src/runtime.ts";
import { type CreateSubject, differsAt, patternBytes, textBytes } from "./subject.ts";

interface Codec {
  readonly name: "gzip" | "snappy" | "lz4" | "zstd";
  readonly magic: readonly number[];
  readonly decompress: (codecs: Compression, source: Uint8Array, maxBytes: number) => Uint8Array;
}

const codecs: readonly Codec[] = [
  { name: "gzip", magic: [0x1f, 0x8b, 0x08], decompress: (all, source, maxBytes) => all.gunzip(source, maxBytes) },
  { name: "snappy", magic: [], decompress: (all, source, maxBytes) => all.unsnappy([source], maxBytes) },
  {
    name: "lz4",
    magic: [0x04, 0x22, 0x4d, 0x18],
    decompress: (all, source, maxBytes) => all.unlz4(source, maxBytes),
  },
  {
    name: "zstd",
    magic: [0x28, 0xb5, 0x2f, 0xfd],
    decompress: (all, source, maxBytes) => all.unzstd(source, maxBytes),
  },
];

export function compressionSuite(name: string, createSubject: CreateSubject): void {
  describe(`compression of ${name}`, () => {
    for (const { name: codec, decompress, magic } of codecs) {
      test(`${codec}: what is compressed comes back, as plain bytes`, async () => {
        const { compression } = (await createSubject()).runtime;
        const sources = [0, 1, 100, 65_536, 65_537, 1_000_000].flatMap((length) => [
          patternBytes(length),
          textBytes("the same line again\n".repeat(Math.ceil(length / 20))).subarray(0, length),
        ]);
        for (const source of sources) {
          const compressed = compression[codec](source);
          expect([...compressed.subarray(0, magic.length)]).toEqual([...magic]);
          const result = decompress(compression, compressed, source.length);
          expect(differsAt(result, source)).toBeUndefined();
          for (const bytes of [compressed, result]) {
            expect(Object.getPrototypeOf(bytes) === Uint8Array.prototype).toBe(true);
          }
        }
        const repetitive = textBytes("abcdefgh".repeat(10_000));
        expect(compression[codec](repetitive).length).toBeLessThan(repetitive.length / 10);
      });

      test(`${codec}: a part of a larger array is compressed and decompressed`, async () => {
        const { compression } = (await createSubject()).runtime;
        const source = patternBytes(5_000);
        const compressed = compression[codec](source.subarray(1_001, 4_004));
        const embedded = new Uint8Array(compressed.length + 13);
        embedded.set(compressed, 7);
        const result = decompress(compression, embedded.subarray(7, 7 + compressed.length), 3_003);
        expect(differsAt(result, source.subarray(1_001, 4_004))).toBeUndefined();
      });

      test(`${codec}: a result over the limit is a RangeError, one at the limit is not`, async () => {
        const { compression } = (await createSubject()).runtime;
        for (const source of [new Uint8Array(20_000_000), patternBytes(200_000)]) {
          const compressed = compression[codec](source);
          for (const maxBytes of [0, 1_000, 65_536, source.length - 1]) {
            expect(() => decompress(compression, compressed, maxBytes)).toThrow(RangeError);
          }
          expect(decompress(compression, compressed, source.length).length).toBe(source.length);
        }
      });

      test(`${codec}: broken bytes are an error, cut off ones an error or a beginning`, async () => {
        const { compression } = (await createSubject()).runtime;
        const source = textBytes("some text that is long enough to be compressed ".repeat(20));
        const compressed = compression[codec](source);
        expect(() => decompress(compression, new Uint8Array(0), 1_000_000)).toThrow();
        expect(() => decompress(compression, new Uint8Array(100).fill(0xff), 1_000_000)).toThrow();
        for (let length = 1; length < compressed.length; length++) {
          const result = resultOf(() => decompress(compression, compressed.subarray(0, length), source.length));
          if (result !== undefined) expect(differsAt(result, source.subarray(0, result.length))).toBeUndefined();
        }
      });
    }

    test.for([
      { codec: "gzip", levels: [1, 9] },
      { codec: "zstd", levels: [-5, 3, 19] },
    ] as const)("$codec takes a level: the higher, the smaller", async ({ codec, levels }) => {
      const { compression } = (await createSubject()).runtime;
      const words = Array.from({ length: 20_000 }, (_, index) => `${(index * 7919) % 1_009} ${(index * 31) % 127}`);
      const source = textBytes(words.join(" "));
      const { decompress } = codecs.find(({ name }) => name === codec)!;
      const sizes = levels.map((level) => {
        const compressed = compression[codec](source, level);
        expect(differsAt(decompress(compression, compressed, source.length), source)).toBeUndefined();
        return compressed.length;
      });
      expect(sizes.toSorted((a, b) => b - a)).toEqual(sizes);
      expect(new Set(sizes).size).toBe(sizes.length);
    });

    test("LZ4 frames are those of Kafka's clients: version 1, independent blocks of 64 KiB, no checksum but the header's", async () => {
      const { compression } = (await createSubject()).runtime;
      const frame = compression.lz4(patternBytes(100_000));
      expect([...frame.subarray(0, 7)]).toEqual([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82]);
      const sizes: number[] = [];
      const view = new DataView(frame.buffer, frame.byteOffset);
      for (let position = 7; position < frame.length; position += 4 + (sizes.at(-1)! & 0x7fff_ffff)) {
        sizes.push(view.getUint32(position, true));
      }
      // What does not shrink is stored as it is.
      expect(sizes).toEqual([0x8000_0000 + 65_536, 0x8000_0000 + 34_464, 0]);
    });

    test("what was decompressed is no part of what it came from, and outlives the next call", async () => {
      const { compression } = (await createSubject()).runtime;
      for (const { name: codec, decompress } of codecs) {
        for (const source of [patternBytes(1_000), textBytes("one after another ".repeat(10_000))]) {
          const compressed = compression[codec](source);
          const kept = decompress(compression, compressed, source.length);
          decompress(compression, compression[codec](new Uint8Array(source.length)), source.length);
          compressed.fill(0);
          expect(differsAt(kept, source)).toBeUndefined();
        }
      }
    });

    test("what was decompressed can be released, and takes nothing from others with it", async () => {
      const { compression } = (await createSubject()).runtime;
      for (const { name: codec, decompress } of codecs) {
        for (const length of [0, 100, 30_000, 65_536, 300_000]) {
          const source = textBytes("one after another ".repeat(20_000)).subarray(0, length);
          const compressed = compression[codec](source);
          const kept = decompress(compression, compressed, length);
          compression.release(decompress(compression, compressed, length));
          expect(differsAt(kept, source)).toBeUndefined();
          expect(differsAt(decompress(compression, compressed, length), source)).toBeUndefined();
        }
      }
    });
  });
}

function resultOf<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch {
    return undefined;
  }
}
