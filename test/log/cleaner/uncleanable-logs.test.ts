import { describe, expect, test } from "vitest";
import { simulate } from "../log-fixture.ts";
import { compactedConfig, contents, put, workFiles } from "./cleaner-fixture.ts";
import { BACKOFF_MS, fill, lines, run, start } from "./running-cleaner.ts";

describe("a log that can't be cleaned", () => {
  test("is marked, told with the reason, shown, and tried again; the others are cleaned", async () => {
    const { runtime, manager, log } = await start();
    for (const topic of ["bad", "good"]) fill(log(topic), 5);
    const { file } = log("bad").segments[2]!;
    const place = new Uint8Array(1);
    file.read(place, 68);
    file.write(new Uint8Array([~place[0]!]), 68);
    await run(runtime, 1);
    expect(log("good").cleanerOffset).toBe(5);
    expect(log("bad").cleanerOffset).toBeUndefined();
    expect(lines(runtime, "warn")).toEqual([
      expect.stringMatching(
        /^\/data\/bad-0 could not be cleaned \(1\. time\), and will be tried again in 15 s: .*checksum mismatch$/,
      ),
    ]);
    const uncleanable = () => manager.cleaner!.metrics.uncleanable;
    expect(uncleanable()).toMatchObject([{ topic: "bad", partition: 0, bytes: log("bad").sizeBytes }]);
    expect(uncleanable()[0]!.reason).toMatch("checksum mismatch");

    await run(runtime, BACKOFF_MS);
    expect(lines(runtime, "warn").at(-1)).toMatch(/\(2\. time\), and will be tried again in 30 s/);
    log("bad").segments[2]!.file.write(place, 68);
    await run(runtime, 5 * BACKOFF_MS);
    expect(contents(log("bad"))).toEqual(["4 k=4"]);
    expect(lines(runtime, "info").at(-1)).toBe("/data/bad-0 can be cleaned again");
    expect(uncleanable()).toEqual([]);
  });

  test("because it can't even be looked at is shown, too", async () => {
    const { runtime, manager, log } = await start({ config: { "min.compaction.lag.ms": 1 } });
    fill(log(), 3);
    let problem = "offset 5 does not follow 7";
    Object.defineProperty(log().segments[0]!, "largestTimestamp", {
      get: () => {
        throw new Error(problem);
      },
    });
    await run(runtime, BACKOFF_MS);
    const [told, ...more] = lines(runtime, "warn");
    expect(told).toMatch(/could not be cleaned .*: offset 5 does not follow 7$/);
    const unknown = [{ topic: "orders", partition: 0, bytes: 0 }];
    expect(manager.cleaner!.metrics.uncleanable).toMatchObject(unknown);
    expect(lines(runtime, "warn")).toEqual([told, ...more]);

    problem = "something else";
    expect(manager.cleaner!.metrics.uncleanable).toMatchObject(unknown);
    expect(lines(runtime, "warn")).toEqual([told, ...more, "/data/orders-0 could not be measured: something else"]);
  });

  test("for lack of space stays in use, and is tried again", async () => {
    const runtime = simulate();
    const { log, failed } = await start({ runtime });
    fill(log(), 5);
    const { open } = runtime.files;
    runtime.files.open = (path, mode) => {
      if (path.endsWith(".cleaned")) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
      return open.call(runtime.files, path, mode);
    };
    await run(runtime, 1);
    expect(failed).toEqual([]);
    expect(lines(runtime, "warn")).toEqual([expect.stringContaining("no space left on device")]);
    expect(put(log(), ["k=5"]).errorCode).toBe(0);
    runtime.files.open = open;
    await run(runtime, 2 * BACKOFF_MS);
    expect(contents(log())).toEqual(["4 k=4", "5 k=5"]);
  });

  test("because its disk fails takes the log directory out of use", async () => {
    const runtime = simulate();
    const { log, failed } = await start({ runtime, logDirs: ["/data", "/other"] });
    fill(log(), 5);
    const [directory] = [log().directory.slice(0, -"/orders-0".length)];
    const { open } = runtime.files;
    runtime.files.open = (path, mode) => {
      if (path.endsWith(".cleaned")) throw Object.assign(new Error("input/output error"), { code: "EIO" });
      return open.call(runtime.files, path, mode);
    };
    await run(runtime);
    expect(failed).toEqual([directory]);
  });
});

test("a disk that does not let go of what the cleaner gives up is out of use: the next start must not find it", async () => {
  const runtime = simulate();
  const { log, failed } = await start({ runtime, cleaner: { maxIoBytesPerSecond: 10 } });
  put(log(), ["k=0"]);
  log().roll();
  put(log(), ["k=1"]);
  log().roll();
  await run(runtime, 30_000);
  expect(workFiles(log(), runtime)).not.toEqual([]);
  runtime.files.remove = () => {
    throw Object.assign(new Error("input/output error"), { code: "EIO" });
  };
  log().updateConfig(compactedConfig({ "cleanup.policy": "delete" }));
  expect(failed).toEqual(["/data"]);
});
