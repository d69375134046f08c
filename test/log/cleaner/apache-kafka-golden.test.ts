import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Cleaning } from "../../../src/log/cleaner/cleaning.ts";
import { measureLog, offsetsToClean } from "../../../src/log/cleaner/log-to-clean.ts";
import { Log } from "../../../src/log/log.ts";
import { logOptions, settled, simulate } from "../log-fixture.ts";
import { compactedConfig, hurried, LIMITS } from "./cleaner-fixture.ts";

/**
 * `before` is a log of four producers with transactions and tombstones, cleaned up to offset 139 and written to again;
 * `after` is what Apache Kafka 4.4.0 left of it, all but the active segment: see test/interop/log-cleaner.
 */
const golden = join(import.meta.dirname, "../../golden/apache-kafka/compaction");
const directory = "/data/compacted-0";
const checkpoint = 139;
const nowMs = 1_795_734_030_980;

test("a log is cleaned to the bytes that Apache Kafka's cleaner leaves", async () => {
  const runtime = simulate();
  const { files } = runtime;
  files.makeDirectory(directory);
  for (const name of readdirSync(join(golden, "before"))) {
    const file = files.open(`${directory}/${name}`, "create");
    file.write(new Uint8Array(readFileSync(join(golden, "before", name))), 0);
    file.close();
  }
  const config = compactedConfig({
    "segment.bytes": 4_000,
    "index.interval.bytes": 300,
    "delete.retention.ms": 60_000,
  });
  const options = logOptions(runtime, { directory, topic: "compacted", config, hadCleanShutdown: true });
  const log = await settled(runtime, Log.load(options));
  log.updateHighWatermark(log.logEndOffset);
  const target = measureLog(log, offsetsToClean(log, checkpoint, nowMs), nowMs);
  const clock = Object.assign(Object.create(runtime.clock), { now: () => nowMs });
  const { nextDirtyOffset } = await new Cleaning(target, {
    runtime: { ...runtime, clock },
    limits: LIMITS,
    pace: hurried,
  }).run();
  expect(nextDirtyOffset).toBe(288);
  log.closeHandlers();

  const expected = readdirSync(join(golden, "after"));
  const cleaned = files.list(directory).map(({ name }) => name);
  expect(
    cleaned
      .filter((name) => /^\d{20}\.(log|index|timeindex|txnindex)$/.test(name) && name < "00000000000000000288")
      .sort(),
  ).toEqual(expected.sort());
  for (const name of expected) {
    const file = files.open(`${directory}/${name}`, "read");
    const content = new Uint8Array(file.size());
    file.read(content, 0);
    expect(content, name).toEqual(new Uint8Array(readFileSync(join(golden, "after", name))));
  }
});
