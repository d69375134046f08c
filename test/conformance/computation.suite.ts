import { describe, expect, test } from "vitest";
import { createCrc32c } from "../../src/record/crc32c.ts";
import { type CreateSubject, patternBytes, textBytes } from "./subject.ts";

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
