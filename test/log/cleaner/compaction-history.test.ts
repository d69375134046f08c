import { expect, test } from "vitest";
import { CompactionHistory } from "./compaction-history.ts";

// test/interop/log-cleaner has many more of them, and longer ones.
test.each([1, 2, 3, 4, 5, 6])(
  "a compacted log says what was written last, whatever happens to it (seed %i)",
  async (seed) => {
    const history = new CompactionHistory(seed, 50);
    await history.run(8, 40);
    expect(history.recordsWritten).toBeGreaterThan(100);
  },
);
