import { describe, expect, test } from "vitest";
import { createMemoryFiles, type MemoryFiles, SeededRandom } from "../../../adapters/simulator/index.ts";
import { Cleaning } from "../../../src/log/cleaner/cleaning.ts";
import { measureLog, offsetsToClean } from "../../../src/log/cleaner/log-to-clean.ts";
import { Log, type LogRuntime } from "../../../src/log/log.ts";
import { logOptions, settled, simulate } from "../log-fixture.ts";
import { clean, compactedConfig, hurried, LIMITS, workFiles } from "./cleaner-fixture.ts";
import { CompactionModel } from "./compaction-model.ts";
import { CrashingFiles, ProcessKilled } from "./crashing-files.ts";
import { RandomLogWriter } from "./random-log.ts";

const config = compactedConfig({ "segment.bytes": 800, "index.interval.bytes": 100, "delete.retention.ms": 1_000 });
const content = { keys: 6, recordsPerBatch: 3, codecs: ["none", "lz4"] } as const;
const directory = "/data/orders-0";

/** A log of a few segments that has been cleaned once, has been written to again, and was stopped. */
async function writeLog() {
  const runtime = simulate();
  const log = Log.create(logOptions(runtime, { config }));
  const writer = new RandomLogWriter(log, new SeededRandom(5), runtime, content);
  writer.write(12);
  writer.endTransactions();
  log.roll();
  await clean(log, runtime);
  runtime.clock.advance(5_000);
  writer.write(12);
  writer.endTransactions();
  log.roll();
  const { logEndOffset } = log;
  await settled(runtime, log.close());
  return {
    files: runtime.files,
    nowMs: runtime.clock.now(),
    logEndOffset,
    model: new CompactionModel(() => writer.committed),
  };
}

/** All of it on the disk. */
async function copy(from: MemoryFiles): Promise<MemoryFiles> {
  const to = createMemoryFiles();
  to.makeDirectory(directory);
  for (const { name } of from.list(directory)) {
    const [source, target] = [from.open(`${directory}/${name}`, "read"), to.open(`${directory}/${name}`, "create")];
    const bytes = new Uint8Array(source.size());
    source.read(bytes, 0);
    target.write(bytes, 0);
    await target.sync();
  }
  for (const path of ["/", "/data", directory]) await to.syncDirectory(path);
  return to;
}

/** False when the disk did not take enough changes for all of it. */
async function openAndClean(runtime: LogRuntime, nowMs: number): Promise<boolean> {
  try {
    const log = await Log.load({ ...logOptions(simulate(), { config, hadCleanShutdown: true }), runtime });
    log.updateHighWatermark(log.logEndOffset);
    const target = measureLog(log, offsetsToClean(log, undefined, nowMs), nowMs);
    await new Cleaning(target, { runtime, limits: LIMITS, pace: hurried }).run();
    return true;
  } catch (error) {
    if (error instanceof ProcessKilled) return false;
    throw error;
  }
}

describe.each(["a kill", "a power cut"])("after %s at any step of a cleaning", (kind) => {
  test("the log is whole, says the same, and can be cleaned", async () => {
    const written = await writeLog();
    for (let changes = 0, isComplete = false; !isComplete; changes++) {
      const files = await copy(written.files);
      const dying = { ...simulate(), files: new CrashingFiles(files, changes) };
      isComplete = await openAndClean(dying, written.nowMs);
      if (isComplete) expect(changes).toBeGreaterThan(30);
      if (kind === "a power cut") files.crash();
      for (const hadCleanShutdown of [false, true]) {
        const runtime = simulate(files);
        const log = await settled(
          runtime,
          Log.load(logOptions(runtime, { config, hadCleanShutdown, recoveryPoint: 0 })),
        );
        log.updateHighWatermark(log.logEndOffset);
        expect(written.model.findProblem(log), `${changes} changes`).toBeUndefined();
        expect([log.logEndOffset, workFiles(log, runtime)]).toEqual([written.logEndOffset, []]);
        if (hadCleanShutdown) await clean(log, runtime);
        expect(written.model.findProblem(log), `${changes} changes, cleaned again`).toBeUndefined();
        log.closeHandlers();
      }
    }
  });
});

test("a start that ends what a kill has left may be killed at any step of that, too", async () => {
  const written = await writeLog();
  let killedStarts = 0;
  for (let changes = 0, isComplete = false; !isComplete; changes++) {
    const files = await copy(written.files);
    isComplete = await openAndClean({ ...simulate(), files: new CrashingFiles(files, changes) }, written.nowMs);
    // Only a finished segment on its way into the log is made use of at the start; a third of those will do.
    if (changes % 3 !== 0 || !files.list(directory).some(({ name }) => name.endsWith(".swap"))) continue;
    for (let steps = 0, isOpen = false; !isOpen; steps++) {
      const left = await copy(files);
      const dying = { ...simulate(), files: new CrashingFiles(left, steps) };
      isOpen = await opens(dying);
      const runtime = simulate(left);
      const options = { config, hadCleanShutdown: false, recoveryPoint: 0 };
      const log = await settled(runtime, Log.load(logOptions(runtime, options)));
      log.updateHighWatermark(log.logEndOffset);
      expect(written.model.findProblem(log), `${changes} changes, ${steps} steps`).toBeUndefined();
      expect([log.logEndOffset, workFiles(log, runtime)]).toEqual([written.logEndOffset, []]);
      log.closeHandlers();
      killedStarts++;
    }
  }
  expect(killedStarts).toBeGreaterThan(20);
});

async function opens(runtime: LogRuntime): Promise<boolean> {
  try {
    const options = logOptions(simulate(), { config, hadCleanShutdown: true });
    (await Log.load({ ...options, runtime })).closeHandlers();
    return true;
  } catch (error) {
    if (error instanceof ProcessKilled) return false;
    throw error;
  }
}
