import { describe, expect, test } from "vitest";
import { createRuntime } from "#adapter";
import type { SimulatedRuntime } from "../../adapters/simulator/index.ts";
import { LogManager, type LogManagerOptions } from "../../src/log/log-manager.ts";
import { writeMetaProperties } from "../../src/log/meta-properties.ts";
import { append, logConfig, readAll, settled, simulate, TOPIC_ID, values } from "./log-fixture.ts";

const otherId = "AAAAAAAAAAAAAAAAAAAAAg";

function load(runtime: SimulatedRuntime, over: Partial<LogManagerOptions> = {}): Promise<LogManager> {
  const options = {
    runtime,
    logDirs: ["/d1", "/d2"],
    configOf: () => logConfig({ "file.delete.delay.ms": 1_000 }),
    ...over,
  };
  return settled(runtime, LogManager.load(options));
}

const names = (runtime: SimulatedRuntime, directory: string) =>
  runtime.files
    .list(directory)
    .map(({ name }) => name)
    .sort();

function text(runtime: SimulatedRuntime, path: string): string {
  const file = runtime.files.open(path, "read");
  const bytes = new Uint8Array(file.size());
  file.read(bytes, 0);
  file.close();
  return new TextDecoder().decode(bytes);
}

test("a new log goes to the directory with the fewest partitions", async () => {
  const runtime = simulate();
  const manager = await load(runtime);
  for (let partition = 0; partition < 6; partition++) manager.getOrCreate("orders", partition, TOPIC_ID);
  runtime.clock.advance(1_000);
  expect(names(runtime, "/d1").filter((name) => name.startsWith("orders")).length).toBe(3);
  expect(names(runtime, "/d2").filter((name) => name.startsWith("orders")).length).toBe(3);
  const there = manager.getOrCreate("orders", 6, TOPIC_ID, "/d2");
  expect(manager.directoryOf(there)).toBe("/d2");
  expect(manager.getOrCreate("orders", 6, TOPIC_ID, "/d1")).toBe(there);
  expect(() => manager.getOrCreate("orders", 7, TOPIC_ID, "/d3")).toThrow("/d3");
});

test("after a clean stop everything is there, high watermarks and the broker epoch too", async () => {
  const runtime = simulate();
  const manager = await load(runtime);
  for (let partition = 0; partition < 4; partition++) {
    const log = manager.getOrCreate("orders", partition, TOPIC_ID);
    append(
      log,
      Array.from({ length: partition + 1 }, (_, index) => `${index}`),
    );
    log.updateHighWatermark(partition);
  }
  manager.get("orders", 3)!.incrementLogStartOffset(2);
  await settled(runtime, manager.shutdown(42));
  expect(text(runtime, "/d1/.kafka_cleanshutdown")).toBe('{"version":0,"brokerEpoch":42}');
  expect(text(runtime, "/d2/log-start-offset-checkpoint")).toBe("0\n1\norders 3 2\n");
  expect(text(runtime, "/d1/recovery-point-offset-checkpoint")).toBe("0\n2\norders 0 1\norders 2 3\n");
  expect(text(runtime, "/d1/replication-offset-checkpoint")).toBe("0\n2\norders 0 0\norders 2 2\n");

  const progress: string[] = [];
  const again = await load(runtime, {
    loadProgress: ({ directory, loadedLogs, totalLogs }) => progress.push(`${directory} ${loadedLogs}/${totalLogs}`),
  });
  expect(progress.sort()).toEqual(["/d1 1/2", "/d1 2/2", "/d2 1/2", "/d2 2/2"]);
  expect(again.previousBrokerEpoch).toBe(42);
  expect(names(runtime, "/d1")).not.toContain(".kafka_cleanshutdown");
  const log = again.get("orders", 3)!;
  expect(log).toMatchObject({
    logStartOffset: 2,
    logEndOffset: 4,
    highWatermark: 3,
    recoveryPoint: 4,
    topicId: TOPIC_ID,
  });
  expect(values(readAll(log))).toEqual(["2", "3"]);
});

test("after a kill everything is there, and the broker epoch is not known", async () => {
  const runtime = simulate();
  const manager = await load(runtime);
  append(manager.getOrCreate("orders", 0, TOPIC_ID), ["a", "b"]);
  manager.kill();
  const again = await load(runtime);
  expect(again.previousBrokerEpoch).toBe(-1);
  expect(values(readAll(again.get("orders", 0)!))).toEqual(["a", "b"]);
});

test("checkpoints are written on schedule, high watermarks more often than the others", async () => {
  const runtime = simulate();
  const manager = await load(runtime, { logDirs: ["/d1"] });
  const log = manager.getOrCreate("orders", 0, TOPIC_ID);
  append(log, ["a", "b"]);
  log.updateHighWatermark(2);
  await runtime.clock.advanceWithPromises(5_000);
  expect(text(runtime, "/d1/replication-offset-checkpoint")).toBe("0\n1\norders 0 2\n");
  expect(names(runtime, "/d1")).not.toContain("recovery-point-offset-checkpoint");
  await settled(runtime, log.flush());
  await runtime.clock.advanceWithPromises(55_000);
  expect(text(runtime, "/d1/recovery-point-offset-checkpoint")).toBe("0\n1\norders 0 2\n");
  append(log, ["c"]);
  log.updateHighWatermark(3);
  await runtime.clock.advanceWithPromises(5_000);
  expect(text(runtime, "/d1/replication-offset-checkpoint")).toBe("0\n1\norders 0 3\n");
});

describe("a deleted log", () => {
  test("is gone at once, its files after a while, and the name can be used again", async () => {
    const runtime = simulate();
    const manager = await load(runtime, { logDirs: ["/d1"] });
    append(manager.getOrCreate("orders", 0, TOPIC_ID), ["a"]);
    manager.delete("orders", 0);
    expect(manager.get("orders", 0)).toBeUndefined();
    expect(names(runtime, "/d1").filter((name) => /^orders-0\.[0-9a-f]{32}-delete$/.test(name)).length).toBe(1);
    const fresh = manager.getOrCreate("orders", 0, otherId);
    expect(fresh).toMatchObject({ logEndOffset: 0, topicId: otherId });
    await runtime.clock.advanceWithPromises(1_000);
    expect(names(runtime, "/d1").filter((name) => name.endsWith("-delete"))).toEqual([]);
    expect(text(runtime, "/d1/orders-0/partition.metadata")).toBe(`version: 0\ntopic_id: ${otherId}`);
  });

  test("does not come back after a restart in the middle", async () => {
    const runtime = simulate();
    const manager = await load(runtime, { logDirs: ["/d1"] });
    manager.getOrCreate("orders", 0, TOPIC_ID);
    manager.delete("orders", 0);
    manager.kill();
    const restarted = simulate(runtime.files);
    const again = await load(restarted, { logDirs: ["/d1"] });
    expect([...again.logs()]).toEqual([]);
    await restarted.clock.advanceWithPromises(1_000);
    expect(names(restarted, "/d1").filter((name) => name.startsWith("orders"))).toEqual([]);
  });
});

test("a stopped manager removes nothing any more; what it still had to remove, the next start removes", async () => {
  for (const stop of ["shutdown", "kill"] as const) {
    const runtime = simulate();
    const manager = await load(runtime, { logDirs: ["/d1"] });
    const deleted = manager.getOrCreate("orders", 0, TOPIC_ID);
    append(deleted, ["a"]);
    deleted.truncateFullyAndStartAt(5);
    manager.delete("orders", 0);
    const truncated = manager.getOrCreate("orders", 1, TOPIC_ID);
    append(truncated, ["a"]);
    truncated.truncateFullyAndStartAt(5);
    if (stop === "shutdown") await settled(runtime, manager.shutdown(1));
    else manager.kill();
    await runtime.clock.advanceWithPromises(60_000);
    expect(names(runtime, "/d1").filter((name) => name.endsWith("-delete")).length).toBe(1);
    expect(names(runtime, "/d1/orders-1").filter((name) => name.endsWith(".deleted")).length).toBe(3);
    const again = await load(runtime, { logDirs: ["/d1"] });
    await runtime.clock.advanceWithPromises(1_000);
    expect(names(runtime, "/d1").filter((name) => name.endsWith("-delete"))).toEqual([]);
    expect(names(runtime, "/d1/orders-1").filter((name) => name.endsWith(".deleted"))).toEqual([]);
    again.kill();
  }
});

test("a log of another topic id is moved aside and kept", async () => {
  const runtime = simulate();
  const manager = await load(runtime, { logDirs: ["/d1"] });
  append(manager.getOrCreate("orders", 0, TOPIC_ID), ["a"]);
  expect(manager.getOrCreate("orders", 0, otherId).logEndOffset).toBe(0);
  expect(names(runtime, "/d1").filter((name) => name.endsWith("-stray")).length).toBe(1);
});

test("a log that the metadata take away while it is loaded is put aside, too", async () => {
  const runtime = simulate();
  const first = await load(runtime, { logDirs: ["/d1"] });
  for (const partition of [0, 1]) append(first.getOrCreate("orders", partition, TOPIC_ID), ["a"]);
  await settled(runtime, first.shutdown(1));
  const given = new Set([0, 1]);
  const manager = await load(runtime, {
    logDirs: ["/d1"],
    assignedDirectoryId: ({ partition }) => (given.has(partition) ? "any" : undefined),
  });
  given.delete(1);
  manager.putAsideWhatIsNotGiven();
  expect([...manager.logs()].map(({ partition }) => partition)).toEqual([0]);
  const partitions = names(runtime, "/d1").filter((name) => name.startsWith("orders-"));
  expect(partitions.map((name) => name.replace(/\.[0-9a-f]+/, "")).sort()).toEqual(["orders-0", "orders-1-stray"]);
});

test("the metadata log and foreign directories are left alone", async () => {
  const runtime = simulate();
  for (const name of ["__cluster_metadata-0", "lost+found", "orders-0.abc-stray", "notes"]) {
    runtime.files.makeDirectory(`/d1/${name}`);
  }
  const manager = await load(runtime, { logDirs: ["/d1"] });
  expect([...manager.logs()]).toEqual([]);
  expect(names(runtime, "/d1/__cluster_metadata-0")).toEqual([]);
});

describe("a log directory", () => {
  test("has the id that its meta.properties gives it", async () => {
    const runtime = simulate();
    runtime.files.makeDirectory("/d1");
    const properties = { clusterId: "c", nodeId: 1, directoryId: otherId };
    await settled(runtime, writeMetaProperties(runtime.files, "/d1", properties));
    const manager = await load(runtime);
    expect(manager.directoryId("/d1")).toBe(otherId);
    expect(manager.directoryId("/d2")).toBeUndefined();
  });

  test("that another process uses ends the start, and the others are free again", async () => {
    const runtime = simulate();
    runtime.files.makeDirectory("/d2");
    const unlock = runtime.files.lock("/d2/.lock")!;
    await expect(load(runtime, {})).rejects.toThrow("Another process uses the log directory /d2");
    expect(runtime.files.lock("/d1/.lock")).toBeDefined();
    unlock();
  });

  test("that fails goes out of use with its logs; the others go on", async () => {
    const runtime = simulate();
    const failures: unknown[] = [];
    const manager = await load(runtime, {
      onDirectoryFailure: (directory, error, logs) => failures.push([directory, error.message, logs.length]),
    });
    for (let partition = 0; partition < 4; partition++) manager.getOrCreate("orders", partition, TOPIC_ID);
    const broken = manager.get("orders", 0)!;
    broken.segments[0]!.file.write = () => {
      throw Object.assign(new Error("EIO: i/o error"), { code: "EIO" });
    };
    expect(append(broken, ["a"]).errorCode).toBe(56);
    expect(failures).toEqual([["/d1", "EIO: i/o error", 2]]);
    expect([...manager.logs()].map(({ partition }) => partition)).toEqual([1, 3]);
    expect(append(manager.get("orders", 1)!, ["a"]).errorCode).toBe(0);
    await settled(runtime, manager.shutdown(1));
    expect(names(runtime, "/d1")).not.toContain(".kafka_cleanshutdown");
    expect(names(runtime, "/d2")).toContain(".kafka_cleanshutdown");
  });

  test("in which a log can't be created goes out of use", async () => {
    const runtime = simulate();
    const failures: unknown[] = [];
    const manager = await load(runtime, {
      onDirectoryFailure: (directory, error, logs) => failures.push([directory, error.message, logs.length]),
    });
    const { makeDirectory } = runtime.files;
    runtime.files.makeDirectory = (path) => {
      if (path === "/d1/orders-0") throw Object.assign(new Error("EROFS: read-only file system"), { code: "EROFS" });
      makeDirectory.call(runtime.files, path);
    };
    manager.getOrCreate("orders", 0, TOPIC_ID, "/d1");
    runtime.clock.advance(1_000);
    expect(failures).toEqual([["/d1", "EROFS: read-only file system", 1]]);
    expect(manager.logDirs).toEqual(["/d2"]);
    expect(manager.directoryOf(manager.getOrCreate("orders", 0, TOPIC_ID))).toBe("/d2");
  });

  test("that can't be opened is free again", async () => {
    const runtime = simulate();
    runtime.files.makeDirectory("/d1");
    const file = runtime.files.open("/d1/meta.properties", "create");
    file.write(new TextEncoder().encode("version=7\n"), 0);
    file.close();
    const manager = await load(runtime);
    expect(manager.logDirs).toEqual(["/d2"]);
    expect(runtime.files.lock("/d1/.lock")).toBeDefined();
  });

  test("of which a checkpoint can't be read is out of use: deleted records would come back", async () => {
    const runtime = simulate();
    const manager = await load(runtime, { logDirs: ["/d1"] });
    const log = manager.getOrCreate("orders", 0, TOPIC_ID);
    append(log, ["a", "b"]);
    log.updateHighWatermark(2);
    log.incrementLogStartOffset(1);
    await settled(runtime, manager.shutdown(1));
    const { open } = runtime.files;
    runtime.files.open = (path, mode) => {
      if (path === "/d1/log-start-offset-checkpoint") throw Object.assign(new Error("EIO: i/o error"), { code: "EIO" });
      return open.call(runtime.files, path, mode);
    };
    const failures: unknown[] = [];
    const again = await load(runtime, {
      onDirectoryFailure: (directory, error) => failures.push([directory, error.message]),
    });
    expect(failures).toEqual([["/d1", "EIO: i/o error"]]);
    expect(again.logDirs).toEqual(["/d2"]);
  });

  test("with damaged checkpoints recovers from the beginning, and says so", async () => {
    const runtime = simulate();
    const manager = await load(runtime, { logDirs: ["/d1"] });
    append(manager.getOrCreate("orders", 0, TOPIC_ID), ["a"], {}, 3);
    manager.kill();
    const damaged = ["/d1/recovery-point-offset-checkpoint", "/d1/orders-0/leader-epoch-checkpoint"];
    for (const path of damaged) {
      const file = runtime.files.open(path, "create");
      file.write(new TextEncoder().encode("0\n2\norders 0 1\n"), 0);
      file.close();
    }
    const log = (await load(runtime, { logDirs: ["/d1"] })).get("orders", 0)!;
    expect(values(readAll(log))).toEqual(["a"]);
    expect(log.epochEntries).toEqual([{ epoch: 3, startOffset: 0 }]);
    for (const path of damaged) {
      const directory = path.slice(0, path.lastIndexOf("/"));
      expect(runtime.log.lines.some(({ level, line }) => level === "warn" && line.includes(directory))).toBe(true);
    }
  });
});

test("works on the disk of the machine, through a stop and a start", async () => {
  const runtime = createRuntime();
  const suffix = Array.from(runtime.random.bytes(6), (byte) => byte.toString(16)).join("");
  const directory = `${process.env.TMPDIR ?? "/tmp"}/polylog-log-manager-${suffix}`;
  const options = { runtime, logDirs: [directory], configOf: () => logConfig() };
  try {
    const manager = await LogManager.load(options);
    for (let partition = 0; partition < 20; partition++) {
      const log = manager.getOrCreate("orders", partition, TOPIC_ID);
      for (let index = 0; index < 5; index++) append(log, [`${partition}-${index}`], { compression: "lz4" });
    }
    await manager.shutdown(7);
    const again = await LogManager.load(options);
    expect(again.previousBrokerEpoch).toBe(7);
    expect(values(readAll(again.get("orders", 13)!))).toEqual([0, 1, 2, 3, 4].map((index) => `13-${index}`));
    again.kill();
  } finally {
    runtime.files.remove(directory);
  }
});

test("a topic created again does not get the high watermark of the one before, whenever the broker is killed", async () => {
  const runtime = simulate();
  const manager = await load(runtime);
  for (let value = 0; value < 5; value++) append(manager.getOrCreate("t", 0, TOPIC_ID), [`${value}`]);
  manager.get("t", 0)!.updateHighWatermark(5);
  await runtime.clock.advanceWithPromises(5_000);
  manager.delete("t", 0);
  append(manager.getOrCreate("t", 0, otherId), ["uncommitted"]);
  await runtime.clock.advanceWithPromises(1_000);
  manager.kill();
  const again = await load(runtime);
  const log = again.get("t", 0)!;
  expect([log.topicId, log.logEndOffset, log.highWatermark]).toEqual([otherId, 1, 0]);
  again.kill();
});

test("a flush that fails while the broker stops leaves the directory as by a kill, though the next flush says nothing", async () => {
  const runtime = simulate();
  const manager = await load(runtime, { logDirs: ["/d1"] });
  const log = manager.getOrCreate("t", 0, TOPIC_ID);
  append(log, ["a"]);
  await settled(runtime, log.flush());
  let fail: (error: Error) => void = () => {};
  const { open } = runtime.files;
  runtime.files.open = (path, mode) => {
    const file = open.call(runtime.files, path, mode);
    const { sync } = file;
    file.sync = () => {
      runtime.files.open = open;
      file.sync = sync;
      return new Promise((_, reject) => {
        fail = reject;
      });
    };
    return file;
  };
  for (const segment of log.segments) segment.freeFiles();
  append(log, ["b"]);
  log.flush().catch(() => {});
  await runtime.clock.advanceWithPromises(1);
  const stopped = manager.shutdown(1);
  fail(Object.assign(new Error("EIO: fdatasync"), { code: "EIO" }));
  await settled(runtime, stopped);
  expect(log.failure?.message).toBe("EIO: fdatasync");
  expect(runtime.files.stat("/d1/.kafka_cleanshutdown")).toBeUndefined();
});
