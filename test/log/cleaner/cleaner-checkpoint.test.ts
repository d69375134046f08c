import { describe, expect, test } from "vitest";
import { batchesOf, contents, put } from "./cleaner-fixture.ts";
import { BACKOFF_MS, checkpoint, fill, run, start } from "./running-cleaner.ts";

describe("the checkpoint of a log", () => {
  test("goes with its log", async () => {
    const { runtime, manager, log } = await start();
    for (const topic of ["orders", "others"]) fill(log(topic), 3);
    await run(runtime);
    expect(checkpoint(runtime)).toBe("0\n2\norders 0 3\nothers 0 3\n");
    manager.delete("orders", 0);
    await run(runtime, 1);
    expect(checkpoint(runtime)).toBe("0\n1\nothers 0 3\n");
  });

  test("moves with its log to another log directory; meanwhile that is not cleaned", async () => {
    const { runtime, manager, log } = await start({
      logDirs: ["/data", "/other"],
      config: { "min.cleanable.dirty.ratio": 0.1 },
    });
    fill(log(), 5);
    await run(runtime);
    const [from, to] = [manager.directoryOf(log()), manager.directoryOf(log()) === "/data" ? "/other" : "/data"];
    const future = manager.startMove(log(), to);
    put(log(), ["k=5"]);
    log().roll();
    await run(runtime, 3 * BACKOFF_MS);
    expect(log().cleanerOffset).toBe(5);
    for (const { bytes } of batchesOf(log())) future.appendAsFollower(bytes);
    manager.moves.complete(log());
    await run(runtime, 1);
    expect([checkpoint(runtime, from), checkpoint(runtime, to)]).toEqual(["0\n0\n", "0\n1\norders 0 5\n"]);
    log().updateHighWatermark(log().logEndOffset);
    log().roll();
    await run(runtime);
    expect(contents(log())).toEqual(["5 k=5"]);
  });

  test("is lowered at once when the log is truncated below it", async () => {
    const { runtime, log } = await start();
    fill(log(), 5);
    await run(runtime);
    log().truncateTo(3);
    await run(runtime, 1);
    expect(checkpoint(runtime)).toBe("0\n1\norders 0 0\n");
    log().truncateFullyAndStartAt(1);
    expect(log().cleanerOffset).toBe(0);
  });
});
