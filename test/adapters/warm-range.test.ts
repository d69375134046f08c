import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { DiskFile } from "../../adapters/shared/files/disk-file.ts";
import { createDiskFiles } from "../../adapters/shared/files/disk-files.ts";
import { WarmRange } from "../../adapters/shared/network/warm-range.ts";
import { testDirectory } from "../test-directory.ts";

test("what was found in memory holds for what lies inside, of that file, for a moment", () => {
  const directory = testDirectory("warm-range");
  const files = createDiskFiles(() => undefined);
  const [file, other] = ["a", "b"].map((name) => files.open(join(directory, name), "create") as DiskFile);
  onTestFinished(() => {
    file!.close();
    other!.close();
  });

  const warm = new WarmRange();
  expect(warm.holds(file!, 0, 1, 0)).toBe(false);
  warm.found(file!, 1_000, 500, 70);
  const parts: [position: number, length: number][] = [
    [1_000, 500],
    [1_200, 300],
    [999, 2],
    [1_499, 2],
  ];
  expect(parts.map(([position, length]) => warm.holds(file!, position, length, 89))).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(warm.holds(other!, 1_000, 500, 80)).toBe(false);
  expect(warm.holds(file!, 1_000, 500, 90)).toBe(false);
});
