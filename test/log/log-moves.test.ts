import { beforeEach, describe, expect, test } from "vitest";
import { systemError } from "../../adapters/shared/system-error.ts";
import type { MemoryFiles, SimulatedRuntime } from "../../adapters/simulator/index.ts";
import type { Log } from "../../src/log/log.ts";
import { LogManager, type LogManagerOptions } from "../../src/log/log-manager.ts";
import { writeMetaProperties } from "../../src/log/meta-properties.ts";
import { settleMove } from "../../src/log/move-settlement.ts";
import { append, logConfig, readAll, settled, simulate, TOPIC_ID, values } from "./log-fixture.ts";

const IDS: Readonly<Record<string, string>> = { "/d1": "JEXY6aqzQY-32P5TStzaFg", "/d2": "KEXY6aqzQY-32P5TStzaFg" };

let runtime: SimulatedRuntime;
let manager: LogManager;
let warnings: string[];
/** The directory in which the metadata has each partition. */
let assigned: string | undefined;

beforeEach(async () => {
  runtime = simulate();
  assigned = "/d1";
  await settled(runtime, runtime.files.syncDirectory("/"));
  for (const [path, directoryId] of Object.entries(IDS)) {
    runtime.files.makeDirectory(path);
    const properties = { clusterId: "4L6g3nShT-eMCtK--X86sw", nodeId: 1, directoryId };
    await settled(runtime, writeMetaProperties(runtime.files, path, properties));
  }
  await settled(runtime, runtime.files.syncDirectory("/"));
  manager = await load();
});

function load(over: Partial<LogManagerOptions> = {}, files?: MemoryFiles): Promise<LogManager> {
  if (files !== undefined) runtime = simulate(files);
  warnings = [];
  const options: LogManagerOptions = {
    runtime: {
      ...runtime,
      log: { level: "trace", write: (level, line) => void (level === "warn" && warnings.push(line)) },
    },
    logDirs: ["/d1", "/d2"],
    configOf: () => logConfig({ "file.delete.delay.ms": 1_000, "segment.bytes": 300 }),
    assignedDirectoryId: () => (assigned === undefined ? undefined : (IDS[assigned] ?? "?")),
    ...over,
  };
  return settled(runtime, LogManager.load(options));
}

/** What a kill leaves for the next start. */
async function restart(stop: "clean" | "kill" | "power cut" = "kill"): Promise<void> {
  if (stop === "clean") await settled(runtime, manager.shutdown(1));
  else manager.kill();
  if (stop === "power cut") runtime.files.crash();
  manager = await load({}, runtime.files);
}

const partitions = (directory: string) =>
  runtime.files
    .list(directory)
    .map(({ name }) => name.replace(/[0-9a-f]{32}/, "ID"))
    .filter((name) => name.startsWith("orders"))
    .sort();

function fill(log: Log, count = 20): Log {
  for (let index = 0; index < count; index++) append(log, [`${log.logEndOffset}`.padEnd(40)]);
  log.updateHighWatermark(log.logEndOffset);
  return log;
}

function copy(from: Log, to: Log, upTo = from.logEndOffset): void {
  while (to.logEndOffset < upTo) {
    const { records } = from.read(to.logEndOffset, 1, { upToOffset: upTo, minOneMessage: true });
    const bytes = new Uint8Array(records!.length);
    records!.file.read(bytes, records!.position);
    to.appendAsFollower(bytes);
  }
  to.updateHighWatermark(from.highWatermark);
}

const numbers = (log: Log) => values(readAll(log)).map(Number);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

/** A log in /d1 and its whole copy in /d2. */
async function moving(): Promise<{ log: Log; future: Log }> {
  const log = fill(manager.getOrCreate("orders", 0, TOPIC_ID, "/d1"));
  const future = manager.startMove(log, "/d2");
  copy(log, future);
  await settled(runtime, log.flush());
  await settled(runtime, future.flush());
  return { log, future };
}

describe("a move", () => {
  test("has a copy in the other directory, which then takes the log's place", async () => {
    const { log, future } = await moving();
    expect([partitions("/d1"), partitions("/d2")]).toEqual([["orders-0"], ["orders-0.ID-future"]]);
    expect([future.isFuture, future.topicId, manager.get("orders", 0)]).toEqual([true, TOPIC_ID, log]);
    expect([manager.directoryOf(log), manager.directoryOf(future)]).toEqual(["/d1", "/d2"]);
    const moved: string[] = [];
    manager.moves.addListener({ moved: (_, from, to) => moved.push(`${from} ${to}`) });
    expect(manager.moves.complete(log)).toBe(future);
    expect(manager.get("orders", 0)).toBe(future);
    expect(manager.moves.future("orders", 0)).toBeUndefined();
    expect([partitions("/d1"), partitions("/d2")]).toEqual([["orders-0.ID-delete"], ["orders-0"]]);
    expect(moved).toEqual(["/d1 /d2"]);
    fill(future, 5);
    expect(numbers(future)).toEqual(upTo(25));
    await runtime.clock.advanceWithPromises(2_000);
    expect(partitions("/d1")).toEqual([]);
  });

  test("that is cancelled leaves nothing behind", async () => {
    const { log } = await moving();
    const cancelled: Log[] = [];
    manager.moves.addListener({ moveCancelled: (it) => cancelled.push(it) });
    manager.moves.cancel("orders", 0);
    expect(cancelled).toEqual([log]);
    expect([partitions("/d1"), partitions("/d2")]).toEqual([["orders-0"], ["orders-0.ID-delete"]]);
    manager.moves.cancel("orders", 0);
    runtime.clock.advance(2_000);
    expect(partitions("/d2")).toEqual([]);
  });

  test("ends with the deletion of the partition", async () => {
    await moving();
    manager.delete("orders", 0);
    expect([partitions("/d1"), partitions("/d2")]).toEqual([["orders-0.ID-delete"], ["orders-0.ID-delete"]]);
    await restart();
    runtime.clock.advance(2_000);
    expect([...partitions("/d1"), ...partitions("/d2")]).toEqual([]);
  });

  test.each(["clean", "kill", "power cut"] as const)("goes on after a restart (%s)", async (stop) => {
    await moving();
    await settled(runtime, runtime.files.syncDirectory("/d1"));
    await restart(stop);
    const log = manager.get("orders", 0)!;
    const future = manager.moves.future("orders", 0)!;
    expect([manager.directoryOf(log), manager.directoryOf(future)]).toEqual(["/d1", "/d2"]);
    expect([numbers(log), numbers(future)]).toEqual([upTo(20), upTo(20)]);
    fill(log, 3);
    copy(log, future);
    manager.moves.complete(log);
    await restart();
    expect(manager.directoryOf(manager.get("orders", 0)!)).toBe("/d2");
    expect(numbers(manager.get("orders", 0)!)).toEqual(upTo(23));
  });
});

describe("a kill between the renames of a move's end", () => {
  test("leaves the copy, which is the log then, wherever the metadata has it", async () => {
    for (const directory of ["/d2", "/d1"]) {
      assigned = directory;
      const { log } = await moving();
      const path = log.directory;
      manager.kill();
      runtime.files.rename(path, "/d1/orders-0.0123456789abcdef0123456789abcdef-delete");
      await restart();
      expect(partitions("/d2")).toEqual(["orders-0"]);
      expect(numbers(manager.get("orders", 0)!)).toEqual(upTo(20));
      manager.delete("orders", 0);
      runtime.clock.advance(2_000);
    }
  });

  test("may leave both, by Apache Kafka's order: the one that the metadata knows is used, the other is kept", async () => {
    assigned = "/d2";
    const { future } = await moving();
    const path = future.directory;
    manager.kill();
    runtime.files.rename(path, "/d2/orders-0");
    await restart();
    expect(manager.directoryOf(manager.get("orders", 0)!)).toBe("/d2");
    expect([partitions("/d1"), partitions("/d2")]).toEqual([["orders-0.ID-stray"], ["orders-0"]]);
    expect(warnings.join("\n")).toContain("/d1/orders-0 is not used, because another log directory has the partition");
  });

  test("loses nothing when the power is cut right after a move", async () => {
    const { log } = await moving();
    manager.moves.complete(log);
    await settled(runtime, runtime.files.syncDirectory("/d2"));
    await restart("power cut");
    expect(numbers(manager.get("orders", 0)!)).toEqual(upTo(20));
  });
});

describe("a directory that fails", () => {
  test("with the copy in it leaves the log alone", async () => {
    const { log } = await moving();
    manager.kill();
    runtime.files.remove("/d2");
    runtime.files.open("/d2", "create").close();
    const failed: string[] = [];
    manager = await load({ onDirectoryFailure: (directory) => failed.push(directory) }, runtime.files);
    expect(failed).toEqual(["/d2"]);
    expect([manager.hasFailedDirectory, manager.moves.future("orders", 0)]).toEqual([true, undefined]);
    expect(numbers(manager.get("orders", 0)!)).toEqual(upTo(log.logEndOffset));
  });

  test("with the log in it leaves the copy a copy, until somebody knows better", async () => {
    await moving();
    manager.kill();
    runtime.files.rename("/d1", "/away");
    runtime.files.open("/d1", "create").close();
    manager = await load({}, runtime.files);
    expect(manager.get("orders", 0)).toBeUndefined();
    expect(manager.moves.future("orders", 0)!.logEndOffset).toBe(20);
    manager.kill();
    runtime.files.remove("/d1");
    runtime.files.rename("/away", "/d1");
    await restart();
    expect(manager.directoryOf(manager.get("orders", 0)!)).toBe("/d1");
    expect(manager.moves.future("orders", 0)).toBeDefined();
  });

  test.each([
    ["as a log in it is put aside", "/d1/orders-0", "/d2", 20],
    ["as the copy in it becomes the log", "/d2/orders-0", "/d1", undefined],
  ])("at the start, %s, is out of use, and the other one is used", async (_, failing, left, logEndOffset) => {
    assigned = "/d2";
    const { log, future } = await moving();
    fill(manager.getOrCreate("orders", 1, TOPIC_ID, "/d1"));
    fill(manager.getOrCreate("orders", 2, TOPIC_ID, "/d2"));
    manager.kill();
    if (failing.startsWith("/d1")) runtime.files.rename(future.directory, "/d2/orders-0");
    else runtime.files.rename(log.directory, "/d1/orders-0.0123456789abcdef0123456789abcdef-delete");
    const { rename } = runtime.files;
    runtime.files.rename = (from, to) => {
      if (from === failing || to === failing) throw systemError("EIO", "rename");
      rename.call(runtime.files, from, to);
    };
    const failed: string[] = [];
    manager = await load({ onDirectoryFailure: (directory) => failed.push(directory) }, runtime.files);
    expect([manager.logDirs, failed.length]).toEqual([[left], 1]);
    expect(manager.get("orders", 0)?.logEndOffset).toBe(logEndOffset);
    const [kept, lost] = left === "/d1" ? [1, 2] : [2, 1];
    expect(numbers(manager.get("orders", kept)!)).toEqual(upTo(20));
    expect([manager.get("orders", lost), manager.moves.future("orders", 0)]).toEqual([undefined, undefined]);
  });

  test("as a log of another topic id is put aside is out of use, as everybody is told", async () => {
    const failed: string[] = [];
    manager.kill();
    manager = await load({ onDirectoryFailure: (directory) => failed.push(directory) }, runtime.files);
    fill(manager.getOrCreate("orders", 0, TOPIC_ID, "/d1"));
    const { rename } = runtime.files;
    runtime.files.rename = (from, to) => {
      if (from === "/d1/orders-0") throw systemError("EIO", "rename");
      rename.call(runtime.files, from, to);
    };
    expect(() => manager.getOrCreate("orders", 0, "6L6g3nShT-eMCtK--X86sw")).toThrow("EIO");
    expect([failed, manager.logDirs, manager.get("orders", 0)]).toEqual([["/d1"], ["/d2"], undefined]);
  });

  test("in the middle of a move's end gives the log back", async () => {
    const { log } = await moving();
    const { rename } = runtime.files;
    runtime.files.rename = (from, to) => {
      if (to === "/d2/orders-0") throw Object.assign(new Error("EIO: rename"), { code: "EIO" });
      rename.call(runtime.files, from, to);
    };
    expect(() => manager.moves.complete(log)).toThrow("EIO");
    runtime.files.rename = rename;
    expect(manager.logDirs).toEqual(["/d1"]);
    expect([manager.get("orders", 0), log.directory]).toEqual([log, "/d1/orders-0"]);
    fill(log, 2);
    expect(numbers(log)).toEqual(upTo(22));
  });
});

describe("a partition that the metadata does not give to this broker", () => {
  test("is put aside at the start, named in a warning then and at every start", async () => {
    await moving();
    manager.kill();
    assigned = undefined;
    await restart();
    expect([...manager.logs()]).toEqual([]);
    expect([partitions("/d1"), partitions("/d2")]).toEqual([["orders-0.ID-stray"], ["orders-0.ID-stray"]]);
    expect(warnings[0]).toMatch(
      /^\/d1\/orders-0 is not used, because the metadata does not give its partition to this broker: it is kept as \/d1\/orders-0\.[0-9a-f]{32}-stray$/,
    );
    assigned = "/d1";
    await restart();
    expect(warnings[0]).toMatch(
      /^\/d1 keeps partitions that were not this broker's any more: orders-0\.[0-9a-f]{32}-stray$/,
    );
    expect([...manager.logs()]).toEqual([]);
  });
});

test("a partition that is not here yet is created where it is preferred", async () => {
  manager.preferDirectory("orders", 7, "/d2");
  expect(manager.directoryOf(manager.getOrCreate("orders", 7, TOPIC_ID, "/d1"))).toBe("/d2");
  manager.delete("orders", 7);
  expect(manager.directoryOf(manager.getOrCreate("orders", 7, TOPIC_ID, "/d1"))).toBe("/d1");
});

describe("of the logs that a start finds of a partition", () => {
  const found = (text: string) => {
    const [, kind, offset, isAssigned] = /^(log|copy)(\d+)(!?)$/.exec(text)!;
    return { text, isFuture: kind === "copy", logEndOffset: Number(offset), isAssigned: isAssigned === "!" };
  };
  test.each([
    ["log5", false, "log5", undefined, ""],
    ["log5 copy3", false, "log5", "copy3", ""],
    ["log5 copy7!", false, "log5", "copy7!", ""],
    ["copy3", false, "copy3", undefined, ""],
    ["copy3", true, undefined, "copy3", ""],
    ["copy3!", true, "copy3!", undefined, ""],
    ["log5 log7", false, "log7", undefined, "log5"],
    ["log5! log7", false, "log5!", undefined, "log7"],
    ["log5 copy3 copy4", false, "log5", "copy4", "copy3"],
    ["copy3! copy4", false, "copy3!", undefined, "copy4"],
  ])("%s (a directory has failed: %s), %s is used", (logs, hasFailed, current, future, superfluous) => {
    const settlement = settleMove(logs.split(" ").map(found), hasFailed);
    expect(settlement.current?.text).toBe(current);
    expect(settlement.future?.text).toBe(future);
    expect(settlement.superfluous.map(({ text }) => text).join()).toBe(superfluous);
  });
});
