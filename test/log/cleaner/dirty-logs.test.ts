import { expect, test } from "vitest";
import { DirtyLogs } from "../../../src/log/cleaner/dirty-logs.ts";
import { compactedLog } from "./cleaner-fixture.ts";

test("logs that take long to look at, as the disk has to be asked, let others have their turn in between", () => {
  const { runtime, log } = compactedLog();
  let waitedMs = 0;
  runtime.clock.elapsed = () => waitedMs;
  const dirtyLogs = new DirtyLogs({
    runtime,
    logs: () => [log, log, log],
    mustWait: () => {
      waitedMs += 10;
      return true;
    },
    checkpoint: () => Promise.resolve(),
    failed: () => {},
  });
  expect([...dirtyLogs.choose()]).toHaveLength(3);
});
