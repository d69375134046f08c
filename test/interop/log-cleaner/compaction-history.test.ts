import { expect, test } from "vitest";
import { CompactionHistory } from "../../log/cleaner/compaction-history.ts";

/** One of them alone: `COMPACTION_SEED=12 vitest run --config vitest.interop.config.ts <this file>`. */
const only = process.env.COMPACTION_SEED;
const seeds = only === undefined ? Array.from({ length: 600 }, (_, index) => index + 1) : [Number(only)];

let recordsWritten = 0;

test.each(seeds)("a compacted log says what was written last, whatever happens to it (seed %i)", async (seed) => {
  const history = new CompactionHistory(seed, 10 + (seed % 40) * 20);
  await history.run(12, 90);
  recordsWritten += history.recordsWritten;
});

test.skipIf(only !== undefined)("that was two million records and more", () => {
  expect(recordsWritten).toBeGreaterThan(2_000_000);
});
