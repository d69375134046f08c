import { describe, expect, test } from "vitest";
import { createCrc32c } from "../../src/record/crc32c.ts";
import { type CreateSubject, differsAt, patternBytes, textBytes } from "./subject.ts";

export function checksumsSuite(name: string, createSubject: CreateSubject): void {
  describe(`checksums of ${name}`, () => {
    test("CRC-32C of the published examples", async () => {
      const { checksums } = (await createSubject()).runtime;
      // RFC 3720, B.4
      const ascending = Uint8Array.from({ length: 32 }, (_, index) => index);
      expect(checksums.crc32c(textBytes("123456789"))).toBe(0xe3069283);
      expect(checksums.crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
      expect(checksums.crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
      expect(checksums.crc32c(ascending)).toBe(0x46dd794e);
      expect(checksums.crc32c(ascending.toReversed())).toBe(0x113fdb5c);
      expect(checksums.crc32c(new Uint8Array(0))).toBe(0);
    });

    test("every length and alignment agrees with the portable implementation", async () => {
      const { checksums } = (await createSubject()).runtime;
      const portable = createCrc32c();
      const bytes = patternBytes(70_000);
      const lengths = [...Array(300).keys(), 1_000, 4_096, 65_535, 65_536, 69_000];
      const wrong = lengths.filter((length) => {
        const part = bytes.subarray(length % 8, (length % 8) + length);
        return checksums.crc32c(part) !== portable(part);
      });
      expect(wrong).toEqual([]);
    });

    test("goes on from an earlier result", async () => {
      const { checksums } = (await createSubject()).runtime;
      const bytes = patternBytes(10_000);
      const whole = checksums.crc32c(bytes);
      for (const split of [0, 1, 127, 128, 5_000, 9_999, 10_000]) {
        const first = checksums.crc32c(bytes.subarray(0, split));
        expect(checksums.crc32c(bytes.subarray(split), first)).toBe(whole);
      }
    });
  });
}

export function randomSuite(name: string, createSubject: CreateSubject): void {
  describe(`random of ${name}`, () => {
    test("integers fill their range evenly and never leave it", async () => {
      const { random } = (await createSubject()).runtime;
      const counts = new Array<number>(10).fill(0);
      for (let draw = 0; draw < 10_000; draw++) counts[random.integer(10)]!++;
      expect(counts.length).toBe(10);
      // Ten standard deviations around a thousand.
      for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(300);
      expect(random.integer(1)).toBe(0);
    });

    test("large ranges have all their bits", async () => {
      const { random } = (await createSubject()).runtime;
      const below = 2 ** 48 - 1;
      let high = 0;
      let odd = 0;
      for (let draw = 0; draw < 1_000; draw++) {
        const value = random.integer(below);
        expect(Number.isInteger(value) && value >= 0 && value < below).toBe(true);
        if (value >= 2 ** 47) high++;
        if (value % 2 === 1) odd++;
      }
      expect(Math.abs(high - 500)).toBeLessThan(160);
      expect(Math.abs(odd - 500)).toBeLessThan(160);
    });

    test("bytes have the length asked for and do not repeat", async () => {
      const { random } = (await createSubject()).runtime;
      const seen = new Set<string>();
      for (let draw = 0; draw < 500; draw++) {
        const bytes = random.bytes(16);
        expect(Object.getPrototypeOf(bytes) === Uint8Array.prototype).toBe(true);
        expect(bytes.length).toBe(16);
        seen.add(bytes.join());
      }
      expect(seen.size).toBe(500);
      expect(random.bytes(0).length).toBe(0);
    });
  });
}

const codecs = [
  { compress: "gzip", decompress: "gunzip", magic: [0x1f, 0x8b, 0x08] },
  { compress: "snappy", decompress: "unsnappy", magic: [] },
  { compress: "lz4", decompress: "unlz4", magic: [0x04, 0x22, 0x4d, 0x18] },
  { compress: "zstd", decompress: "unzstd", magic: [0x28, 0xb5, 0x2f, 0xfd] },
] as const;

export function compressionSuite(name: string, createSubject: CreateSubject): void {
  describe(`compression of ${name}`, () => {
    for (const { compress, decompress, magic } of codecs) {
      test(`${compress}: what is compressed comes back, as plain bytes`, async () => {
        const { compression } = (await createSubject()).runtime;
        const sources = [0, 1, 100, 65_536, 65_537, 1_000_000].flatMap((length) => [
          patternBytes(length),
          textBytes("the same line again\n".repeat(Math.ceil(length / 20))).subarray(0, length),
        ]);
        for (const source of sources) {
          const compressed = compression[compress](source);
          expect([...compressed.subarray(0, magic.length)]).toEqual([...magic]);
          const result = compression[decompress](compressed, source.length);
          expect(differsAt(result, source)).toBeUndefined();
          for (const bytes of [compressed, result]) {
            expect(Object.getPrototypeOf(bytes) === Uint8Array.prototype).toBe(true);
          }
        }
        const repetitive = textBytes("abcdefgh".repeat(10_000));
        expect(compression[compress](repetitive).length).toBeLessThan(repetitive.length / 10);
      });

      test(`${compress}: a part of a larger array is compressed and decompressed`, async () => {
        const { compression } = (await createSubject()).runtime;
        const source = patternBytes(5_000);
        const compressed = compression[compress](source.subarray(1_001, 4_004));
        const embedded = new Uint8Array(compressed.length + 13);
        embedded.set(compressed, 7);
        const result = compression[decompress](embedded.subarray(7, 7 + compressed.length), 3_003);
        expect(differsAt(result, source.subarray(1_001, 4_004))).toBeUndefined();
      });

      test(`${compress}: a result over the limit is a RangeError, one at the limit is not`, async () => {
        const { compression } = (await createSubject()).runtime;
        for (const source of [new Uint8Array(20_000_000), patternBytes(200_000)]) {
          const compressed = compression[compress](source);
          for (const maxBytes of [0, 1_000, 65_536, source.length - 1]) {
            expect(() => compression[decompress](compressed, maxBytes)).toThrow(RangeError);
          }
          expect(compression[decompress](compressed, source.length).length).toBe(source.length);
        }
      });

      test(`${compress}: broken bytes are an error, cut off ones an error or a beginning`, async () => {
        const { compression } = (await createSubject()).runtime;
        const source = textBytes("some text that is long enough to be compressed ".repeat(20));
        const compressed = compression[compress](source);
        expect(() => compression[decompress](new Uint8Array(0), 1_000_000)).toThrow();
        expect(() => compression[decompress](new Uint8Array(100).fill(0xff), 1_000_000)).toThrow();
        for (let length = 1; length < compressed.length; length++) {
          const result = resultOf(() => compression[decompress](compressed.subarray(0, length), source.length));
          if (result !== undefined) expect(differsAt(result, source.subarray(0, result.length))).toBeUndefined();
        }
      });
    }

    test("gzip and zstd take a level", async () => {
      const { compression } = (await createSubject()).runtime;
      const words = Array.from({ length: 20_000 }, (_, index) => `${(index * 7919) % 1_009} ${(index * 31) % 127}`);
      const source = textBytes(words.join("\n"));
      for (const [compress, level] of [
        ["gzip", 9],
        ["zstd", 19],
      ] as const) {
        const [low, high] = [compression[compress](source, 1), compression[compress](source, level)];
        expect(high.length).toBeLessThan(low.length);
      }
    });

    test("LZ4 frames have independent blocks: Kafka's clients read no others", async () => {
      const { compression } = (await createSubject()).runtime;
      const flags = compression.lz4(new Uint8Array(1_000_000))[4]!;
      expect(flags & 0xc0).toBe(0x40);
      expect(flags & 0x20).toBe(0x20);
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
