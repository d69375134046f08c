import { expect, test } from "vitest";
import { createChecksums } from "../../adapters/shared/checksums.ts";
import { loadCrc32c, loadFastestCrc32c } from "../../adapters/shared/native-crc32c.ts";
import { createCrc32c } from "../../src/record/crc32c.ts";
import { patternBytes } from "../conformance/subject.ts";

const portable = createCrc32c();
const bytes = patternBytes(300_000);

test("both native modules are here, and agree with TypeScript for every length, alignment and start", () => {
  const loaded = [loadCrc32c(), loadFastestCrc32c()];
  expect(loaded).toEqual([expect.any(Function), expect.any(Function)]);
  const lengths = [...Array(700).keys(), 1_023, 4_097, 65_536, 200_001, bytes.length - 7];
  for (const crc32c of loaded) {
    const wrong = lengths.filter((length) => {
      const part = bytes.subarray(length % 7, (length % 7) + length);
      return crc32c!(part, (length * 0x9e3779b9) >>> 0) !== portable(part, (length * 0x9e3779b9) >>> 0);
    });
    expect(wrong).toEqual([]);
  }
});

test("memory that threads share has the same checksum", () => {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  expect(loadFastestCrc32c()!(shared, 1)).toBe(portable(bytes, 1));
});

test("which one it is for good is said once, when much has been summed", () => {
  const lines: string[] = [];
  const checksums = createChecksums({ write: (level, text) => void lines.push(`${level} ${text}`) }, 1_000_000);
  for (let count = 0; count < 3; count++) expect(checksums.crc32c(bytes)).toBe(portable(bytes));
  expect(lines).toEqual([]);
  for (let count = 0; count < 3; count++) expect(checksums.crc32c(bytes)).toBe(portable(bytes));
  expect(lines).toEqual(["info checksums: CRC-32C by aws-crt"]);
});
