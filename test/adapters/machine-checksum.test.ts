import { describe, expect, test } from "vitest";
import { name } from "#adapter";
import type { ForeignFunctions } from "../../adapters/shared/foreign-functions.ts";
import { type Crc32c, loadMachineCrc32c } from "../../adapters/shared/machine-checksum.ts";
import { createCrc32c } from "../../src/record/crc32c.ts";
import { patternBytes } from "../conformance/subject.ts";

const { foreignFunctions } = (await import(`../../adapters/${name}/foreign-functions.ts`)) as {
  foreignFunctions: ForeignFunctions;
};
const portable: Crc32c = createCrc32c();

// Elsewhere, and where nothing is built in, a package or the portable implementation takes its place.
const runsHere = process.platform === "linux" && process.arch === "x64" && foreignFunctions.isBuiltIn();

describe.runIf(runsHere)("CRC-32C in machine code", () => {
  const machine = loadMachineCrc32c(foreignFunctions, portable)!;

  test("every length, alignment and initial value agrees with the portable implementation", () => {
    const bytes = patternBytes(80_000);
    const lengths = [...Array(2_400).keys(), 16_383, 16_384, 65_537, 79_000];
    const wrong = lengths.filter((length) => {
      const part = bytes.subarray(length % 13, (length % 13) + length);
      const initial = Math.imul(length, 0x9e37_79b9) >>> 0;
      return machine(part, initial) !== portable(part, initial);
    });
    expect(wrong).toEqual([]);
  });

  test("it reads nothing but the bytes it is given", () => {
    const bytes = new Uint8Array(3_000);
    for (const length of [0, 1, 100, 768, 1_000]) {
      const before = machine(bytes.subarray(1_000, 1_000 + length), 0);
      bytes.fill(0xff, 0, 1_000).fill(0xff, 1_000 + length);
      expect(machine(bytes.subarray(1_000, 1_000 + length), 0)).toBe(before);
      bytes.fill(0);
    }
  });

  test("it stays where it is when memory is collected", async () => {
    const bytes = patternBytes(10_000);
    const expected = portable(bytes, 0);
    for (let round = 0; round < 20; round++) {
      let garbage: Uint8Array[] = [];
      for (let i = 0; i < 200; i++) garbage.push(new Uint8Array(100_000));
      garbage = [];
      await new Promise((resolve) => setTimeout(resolve, 1));
      expect(machine(bytes, 0)).toBe(expected);
    }
  });
});

test("it is not used where it does not agree with the portable implementation", () => {
  expect(loadMachineCrc32c(foreignFunctions, () => 0)).toBeUndefined();
});

test("it is not used where calls are refused", () => {
  const refusing: ForeignFunctions = {
    ...foreignFunctions,
    open: () => {
      throw new Error("refused");
    },
  };
  expect(loadMachineCrc32c(refusing, portable)).toBeUndefined();
  expect(loadMachineCrc32c({ ...foreignFunctions, obstacle: () => "no" }, portable)).toBeUndefined();
});
