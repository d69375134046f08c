import { describe, expect, test } from "vitest";
import { settled, simulate } from "../log-fixture.ts";
import { compactedConfig, contents, latestValues, put, workFiles } from "./cleaner-fixture.ts";
import { BACKOFF_MS, checkpoint, DEFAULT_CLEANER_CONFIG, fill, lines, run, start } from "./running-cleaner.ts";

describe("the cleaner", () => {
  test("cleans a log that is dirty, tells it, and notes up to where", async () => {
    const { runtime, log } = await start();
    fill(log(), 5);
    await run(runtime);
    expect(contents(log())).toEqual(["4 k=4"]);
    expect(checkpoint(runtime)).toBe("0\n1\norders 0 5\n");
    expect(lines(runtime, "info").at(-1)).toMatch(/orders-0 cleaned, offsets 0 to 5 for the first time/);
  });

  test("leaves one alone that is not dirty enough, until it is", async () => {
    const { runtime, log } = await start({ config: { "min.cleanable.dirty.ratio": 0.5 } });
    put(log(), ["a=1", "b=1", "c=1", "d=1", "e=1", "f=1", "g=1"]);
    log().roll();
    await run(runtime);
    expect(log().cleanerOffset).toBe(7);
    put(log(), ["a=2"]);
    log().roll();
    await run(runtime, 10 * BACKOFF_MS);
    expect(log().cleanerOffset).toBe(7);
    put(log(), ["b=2", "c=2", "d=2", "e=2", "f=2", "g=2"]);
    log().roll();
    await run(runtime);
    expect(contents(log())).toEqual(["7 a=2", "8 b=2", "9 c=2", "10 d=2", "11 e=2", "12 f=2", "13 g=2"]);
  });

  test("goes on after a restart where it was", async () => {
    const { runtime, manager, log } = await start();
    fill(log(), 5);
    await run(runtime);
    await settled(runtime, manager.shutdown(1));
    const again = await start({ runtime });
    expect(again.log().cleanerOffset).toBe(5);
    const before = lines(runtime, "info").length;
    await run(runtime, 3 * BACKOFF_MS);
    expect(lines(runtime, "info").length).toBe(before);
  });

  test("takes the dirtiest log first, one log after another", async () => {
    const { runtime, log } = await start();
    for (const topic of ["half", "most"]) fill(log(topic), 4);
    log("half").cleanerOffset = 1;
    await run(runtime);
    const cleaned = lines(runtime, "info").filter((line) => line.includes("cleaned"));
    expect(cleaned.map((line) => line.split(" ")[0])).toEqual(["/data/most-0", "/data/half-0"]);
  });

  test("cleans nothing when it is not enabled, and no log that is not compacted", async () => {
    const disabled = await start({ cleaner: { isEnabled: false } });
    fill(disabled.log(), 5);
    await run(disabled.runtime, 10 * BACKOFF_MS);
    expect(disabled.log().cleanerOffset).toBeUndefined();

    const deleted = await start({ config: { "cleanup.policy": "delete" } });
    fill(deleted.log(), 5);
    await run(deleted.runtime, 10 * BACKOFF_MS);
    expect(deleted.log().cleanerOffset).toBeUndefined();
    deleted.log().updateConfig(compactedConfig());
    await run(deleted.runtime);
    expect(deleted.log().cleanerOffset).toBe(5);
  });

  test("removes the segments of compacted logs that lie below their start", async () => {
    const { runtime, log } = await start({ config: { "min.cleanable.dirty.ratio": 1 } });
    fill(log(), 5);
    log().incrementLogStartOffset(3);
    await run(runtime);
    expect(log().segments.map(({ baseOffset }) => baseOffset)).toEqual([3, 4, 5]);
  });

  test("starts over where the checkpoint can't be right, and says so", async () => {
    const { runtime, log } = await start();
    fill(log(), 3);
    log().cleanerOffset = 99;
    await run(runtime);
    expect(lines(runtime, "warn")).toEqual([
      "/data/orders-0 is cleaned from its start 0 on: the checkpoint says 99, but it lies above the log end offset 3",
    ]);
    expect(contents(log())).toEqual(["2 k=2"]);
  });

  test("takes a damaged checkpoint file for an empty one", async () => {
    const runtime = simulate();
    const first = await start({ runtime });
    fill(first.log(), 3);
    await settled(runtime, first.manager.shutdown(1));
    const file = runtime.files.open("/data/cleaner-offset-checkpoint", "create");
    file.write(new TextEncoder().encode("0\n7\nnonsense"), 0);
    const { log } = await start({ runtime });
    await run(runtime);
    expect(log().cleanerOffset).toBe(3);
  });

  test("waits so long as its rate of bytes demands", async () => {
    const { runtime, log } = await start({ cleaner: { maxIoBytesPerSecond: 1_000 } });
    for (let value = 0; value < 100; value++) put(log(), [`k${value}=${"x".repeat(100)}`]);
    log().roll();
    const bytes = 3 * log().sizeBytes;
    await run(runtime, bytes - 1_000);
    expect(log().cleanerOffset).toBeUndefined();
    await run(runtime, 2_000);
    expect(log().cleanerOffset).toBe(100);
  });

  test("cleans as many logs at a time as it has threads, and changes that on the way", async () => {
    const { runtime, manager, log } = await start({ cleaner: { maxIoBytesPerSecond: 1, backoffMs: 1_000 } });
    const topics = ["a", "b", "c"];
    for (const topic of topics) fill(log(topic), 3);
    const busy = () => topics.filter((topic) => log(topic).rewriteLease.isTaken).length;
    await run(runtime, 1_500);
    expect(busy()).toBe(1);
    manager.cleaner!.reconfigure({ ...DEFAULT_CLEANER_CONFIG, threads: 2, maxIoBytesPerSecond: 1 });
    await run(runtime, 1_500);
    expect(busy()).toBe(2);
    manager.cleaner!.reconfigure({ ...DEFAULT_CLEANER_CONFIG, threads: 1, backoffMs: 1_000 });
    await run(runtime, 10_000_000);
    expect(topics.map((topic) => log(topic).cleanerOffset)).toEqual([3, 3, 3]);
  });
});

test("two threads that look for work at the same time do not both take the same log", async () => {
  const { runtime, manager, log } = await start({ cleaner: { threads: 2 } });
  fill(log(), 5);
  await run(runtime, 2 * BACKOFF_MS);
  expect(contents(log())).toEqual(["4 k=4"]);
  expect([lines(runtime, "warn"), manager.cleaner!.metrics.uncleanable]).toEqual([[], []]);
});

describe("while a log is being cleaned", () => {
  const slow = { maxIoBytesPerSecond: 10 };

  async function startSlowly() {
    const started = await start({ cleaner: slow });
    fill(started.log(), 5);
    await run(started.runtime);
    expect(started.log().rewriteLease.isTaken).toBe(true);
    expect(started.log().cleanerOffset).toBeUndefined();
    return started;
  }

  test("its topic may be deleted", async () => {
    const { runtime, manager, log } = await startSlowly();
    manager.delete("orders", 0);
    const again = log();
    put(again, ["new=1"]);
    await run(runtime, 10_000_000);
    expect(contents(again)).toEqual(["0 new=1"]);
    expect(workFiles(again, runtime)).toEqual([]);
  });

  test("it may be truncated", async () => {
    const { runtime, log } = await startSlowly();
    log().truncateTo(2);
    expect(workFiles(log(), runtime)).toEqual([]);
    put(log(), ["other=1"]);
    log().roll();
    await run(runtime, 10_000_000);
    expect(latestValues(log())).toEqual({ k: "1", other: "1" });
    expect(contents(log())).toEqual(["1 k=1", "2 other=1"]);
  });

  test("its active segment may be truncated: that is not touched", async () => {
    const { log } = await startSlowly();
    put(log(), ["k=5", "k=6"]);
    log().truncateTo(6);
    expect(log().rewriteLease.isTaken).toBe(true);
  });

  test("its topic may become one that is not compacted", async () => {
    const { runtime, log } = await startSlowly();
    log().updateConfig(compactedConfig({ "cleanup.policy": "delete" }));
    expect(log().rewriteLease.isTaken).toBe(false);
    expect(workFiles(log(), runtime)).toEqual([]);
    await run(runtime, 10_000_000);
    expect(contents(log()).length).toBe(5);
  });

  test("other settings of it may change", async () => {
    const { log } = await startSlowly();
    log().updateConfig(compactedConfig({ "delete.retention.ms": 5 }));
    expect(log().rewriteLease.isTaken).toBe(true);
  });

  test("the broker may stop: nothing is left of the work", async () => {
    const { runtime, manager, log } = await startSlowly();
    const stopped = log();
    await settled(runtime, manager.shutdown(1));
    expect(workFiles(stopped, runtime)).toEqual([]);
    await run(runtime, 1);
    expect(stopped.rewriteLease.isTaken).toBe(false);
    const again = await start({ runtime });
    expect(contents(again.log()).length).toBe(5);
  });
});

describe("a log that is compacted and deleted from", () => {
  test("loses old segments when the cleaner comes by", async () => {
    const { runtime, log } = await start({
      config: {
        "cleanup.policy": "compact,delete",
        "retention.ms": 60_000,
        "message.timestamp.after.max.ms": Number.MAX_SAFE_INTEGER,
      },
    });
    const nowMs = runtime.clock.now();
    for (const [key, ageMs] of [
      ["old", 70_000],
      ["older", 65_000],
      ["young", 10_000],
    ] as const) {
      put(log(), [`${key}=1`], { timestamp: nowMs - ageMs });
      log().roll();
    }
    // Grouped into one segment, the old ones would be as young as the youngest.
    log().updateConfig({ ...log().config, "segment.bytes": 100 });
    await run(runtime);
    expect(contents(log())).toEqual(["2 young=1"]);
    expect(log().logStartOffset).toBe(2);
    await run(runtime, 60_000);
    expect([contents(log()), log().logStartOffset]).toEqual([[], 3]);
  });
});

describe("what the cleaner tells of itself", () => {
  test("is what Kafka tells", async () => {
    const { runtime, manager, log } = await start({ config: { "max.compaction.lag.ms": 1_000 } });
    const metrics = () => manager.cleaner!.metrics;
    expect(metrics()).toMatchObject({ maxDirtyRatio: 0, cleanings: 0, recopyRatio: 0 });
    fill(log(), 4);
    const read = log().sizeBytes;
    await run(runtime, BACKOFF_MS);
    expect(metrics()).toMatchObject({ cleanings: 1, recopyRatio: 0.25, bytesRead: 2 * read, bytesWritten: read / 4 });
    expect(metrics().maxBufferUtilization).toBeGreaterThan(0);
    expect(metrics().timeSinceLastRunMs).toBeLessThanOrEqual(BACKOFF_MS);
  });
});
