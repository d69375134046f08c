import { compressFrameSync, decompressFrameSync } from "lz4-napi";
import { describe, expect, test } from "vitest";
import { createRuntime } from "#adapter";
import { SeededRandom } from "../../adapters/simulator/index.ts";
import { differsAt } from "../conformance/subject.ts";

/** Our LZ4 frames against those of another: each reads what the other has written. Broken bytes of any kind break nothing. */

const { compression } = createRuntime();
const random = new SeededRandom(11);

describe("LZ4", () => {
  test("what we write, others read", () => {
    for (const source of sources(250)) {
      const read = decompressFrameSync(Buffer.from(compression.lz4(source)));
      expect(differsAt(read, source), `${source.length} bytes`).toBeUndefined();
    }
  });

  test("what others write, we read", () => {
    for (const source of sources(250)) {
      const options = { contentChecksum: random.integer(2) === 1, blockChecksums: random.integer(2) === 1 };
      const frame = new Uint8Array(compressFrameSync(Buffer.from(source), options));
      expect(differsAt(compression.unlz4(frame, source.length), source)).toBeUndefined();
    }
  });

  test("large blocks that expand as far as can be, and those that hardly do", () => {
    const parts = [new Uint8Array(2_000_000), random.bytes(2_000_000), new Uint8Array(1_500_000)];
    for (const source of [...parts, new Uint8Array(Buffer.concat(parts))]) {
      const frame = new Uint8Array(compressFrameSync(Buffer.from(source)));
      const before = frame.slice();
      expect(differsAt(compression.unlz4(frame, source.length), source)).toBeUndefined();
      expect(differsAt(frame, before)).toBeUndefined();
      expect(() => compression.unlz4(frame, source.length - 1)).toThrow(RangeError);
    }
    const broken = new Uint8Array(compressFrameSync(Buffer.from(parts[0]!))).fill(0xff, 11, 1_000);
    expect(() => compression.unlz4(broken, parts[0]!.length)).toThrow("An LZ4 block is corrupt");
  });

  test("broken frames end in an error or in bytes, never outside of the limit", () => {
    fuzz(
      (source) => compression.lz4(source),
      (bytes, maxBytes) => compression.unlz4(bytes, maxBytes),
    );
  });
});

describe("snappy", () => {
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
