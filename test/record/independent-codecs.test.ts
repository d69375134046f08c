import { compressFrameSync, decompressFrameSync } from "lz4-napi";
import { compressSync, uncompressSync } from "snappy";
import { describe, expect, test } from "vitest";
import { createRuntime } from "#adapter";
import { SeededRandom } from "../../adapters/simulator/index.ts";
import { concatenated, differsAt } from "../conformance/subject.ts";

/** Our LZ4 and snappy against implementations of others: each reads what the other has written, or refuses it alike. */

const { compression } = createRuntime();
const random = new SeededRandom(11);

describe("LZ4", () => {
  test("what we write, at every level, others read", () => {
    for (const source of sources(250)) {
      const level = 1 + random.integer(17);
      const read = decompressFrameSync(Buffer.from(compression.lz4(source, level)));
      expect(differsAt(read, source), `${source.length} bytes at level ${level}`).toBeUndefined();
    }
  });

  test("what others write, we read", () => {
    for (const source of sources(250)) {
      const options = { contentChecksum: random.integer(2) === 1, blockChecksums: random.integer(2) === 1 };
      const frame = new Uint8Array(compressFrameSync(Buffer.from(source), options));
      expect(differsAt(compression.unlz4(frame, source.length), source)).toBeUndefined();
    }
  });

  test("our fast level is not worse than another's by more than a twentieth", () => {
    const source = text(1_000_000);
    const theirs = compressFrameSync(Buffer.from(source)).length;
    expect(compression.lz4(source).length).toBeLessThan(theirs * 1.05);
  });

  test("broken frames end in an error or in bytes, never outside of the limit", () => {
    fuzz(
      (source) => compression.lz4(source, 1 + random.integer(9)),
      (bytes, maxBytes) => compression.unlz4(bytes, maxBytes),
    );
  });
});

describe("snappy", () => {
  test("what we write, others read", () => {
    for (const source of sources(250)) {
      const read = uncompressSync(Buffer.from(compression.snappy(source)), { asBuffer: true }) as Buffer;
      expect(differsAt(read, source), `${source.length} bytes`).toBeUndefined();
    }
  });

  test("what others write, we read", () => {
    for (const source of sources(250)) {
      const block = new Uint8Array(compressSync(Buffer.from(source)));
      expect(differsAt(compression.unsnappy([block], source.length), source)).toBeUndefined();
    }
  });

  test("ours is not worse than another's by more than a twentieth", () => {
    const source = text(1_000_000);
    expect(compression.snappy(source).length).toBeLessThan(compressSync(Buffer.from(source)).length * 1.05);
  });

  test("broken blocks end in an error or in bytes, never outside of the limit", () => {
    fuzz(
      (source) => compression.snappy(source),
      (bytes, maxBytes) => compression.unsnappy([bytes], maxBytes),
    );
  });

  test("copies with four bytes of offset, which no compressor writes, are read", () => {
    const block = Uint8Array.of(8, (4 - 1) << 2, 1, 2, 3, 4, ((4 - 1) << 2) | 3, 4, 0, 0, 0);
    expect([...compression.unsnappy([block], 8)]).toEqual([1, 2, 3, 4, 1, 2, 3, 4]);
  });

  test("literal runs with up to four bytes of length are read", () => {
    const source = text(300_000);
    for (const lengthBytes of [1, 2, 3, 4]) {
      const count = Math.min(source.length, 2 ** (8 * lengthBytes));
      const length = Array.from({ length: lengthBytes }, (_, index) => ((count - 1) / 2 ** (8 * index)) & 0xff);
      const varint = [(count & 0x7f) | 0x80, ((count >> 7) & 0x7f) | 0x80, count >> 14];
      const block = concatenated([
        Uint8Array.of(...varint, (59 + lengthBytes) << 2, ...length),
        source.subarray(0, count),
      ]);
      expect(differsAt(compression.unsnappy([block], count), source.subarray(0, count))).toBeUndefined();
    }
  });
});

/** Of all sizes up to a few blocks, from noise to one letter. */
function* sources(count: number): Generator<Uint8Array> {
  for (let index = 0; index < count; index++) {
    const length = index < 40 ? index : random.integer(2 ** (4 + random.integer(15)));
    const letters = 2 ** random.integer(9);
    const bytes = random.bytes(length).map((byte) => byte % letters);
    // Repetition at every distance.
    for (let copies = random.integer(20); copies > 0 && length > 8; copies--) {
      const from = random.integer(length);
      bytes.copyWithin(random.integer(length), from, from + random.integer(length - from));
    }
    yield bytes;
  }
}

function text(length: number): Uint8Array {
  let line = "";
  while (line.length < length) line += `{"id":${random.integer(1e9)},"user":"user-${random.integer(1e5)}","ok":true},`;
  return new TextEncoder().encode(line.slice(0, length));
}

function fuzz(
  compress: (source: Uint8Array) => Uint8Array,
  decompress: (bytes: Uint8Array, maxBytes: number) => Uint8Array,
): void {
  for (const source of sources(400)) {
    const broken = compress(source).slice();
    for (let flips = 1 + random.integer(4); flips > 0; flips--) {
      broken[random.integer(broken.length)]! ^= 1 << random.integer(8);
    }
    const cut = broken.subarray(0, broken.length - (random.integer(2) === 0 ? 0 : random.integer(broken.length)));
    const maxBytes = random.integer(2 * source.length + 1);
    try {
      expect(decompress(cut, maxBytes).length).toBeLessThanOrEqual(maxBytes);
    } catch (error) {
      expect(String(error)).toMatch(/LZ4|snappy|bytes decompressed|do not fit/);
    }
  }
}
