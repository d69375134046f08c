import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createSimulatedRuntime, ManualClock } from "../../adapters/simulator/index.ts";
import type { Coordinator, CoordinatorSerde, RecordOrigin } from "../../src/coordinator/coordinator.ts";
import { CoordinatorDriver } from "../../src/coordinator/coordinator-driver.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import * as RecordBatch from "../../src/record/record-batch.ts";
import type { Timeline } from "../../src/timeline/timeline.ts";
import { TimelineMap } from "../../src/timeline/timeline-map.ts";
import { GroupScenario } from "./group-scenario.ts";
import { MemoryPartition } from "./memory-partition.ts";

/** The smallest coordinator: a table of words. */
class Words implements Coordinator<Word> {
  readonly table: TimelineMap<string, string>;

  constructor(timeline: Timeline) {
    this.table = new TimelineMap(timeline);
  }

  replay({ key, value }: Word, _origin: RecordOrigin): void {
    if (value === null) this.table.delete(key);
    else this.table.set(key, value);
  }

  replayEndTransactionMarker(): void {}
  loaded(): void {}
  reverted(): void {}
  unloaded(): void {}
}

interface Word {
  readonly key: string;
  readonly value: string | null;
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

const serde: CoordinatorSerde<Word> = {
  serialize: ({ key, value }) => ({ key: encode(key), value: value === null ? null : encode(value) }),
  deserialize: (key, value) => {
    if (decode(key) === "corrupt") throw new Error("not a word");
    return { key: decode(key), value: value && decode(value) };
  },
};

class Fixture {
  readonly clock = new ManualClock();
  readonly runtime = createSimulatedRuntime({ seed: 1, clock: this.clock });
  readonly partition = new MemoryPartition();
  readonly events: string[] = [];
  readonly driver = new CoordinatorDriver<Word, Words>({
    runtime: this.runtime,
    topic: "words",
    create: (_, timeline) => new Words(timeline),
    serde,
    compression: "none",
    commitTimeoutMs: 5000,
    loadBufferBytes: 1024,
  });

  elect(): void {
    this.driver.elected(0, this.partition);
    this.clock.runUntilIdle();
  }

  put(key: string, value: string | null): void {
    this.driver.write(
      0,
      (_, decision) => decision.append({ key, value }),
      () => this.events.push(`${key} stored`),
      (errorCode) => this.events.push(`${key} failed ${errorCode}`),
    );
  }

  get(key: string): string | undefined | number {
    let found: string | undefined | number;
    this.driver.read(
      0,
      (words) => {
        found = words.table.getCommitted(key);
      },
      (errorCode) => {
        found = errorCode;
      },
    );
    return found;
  }

  recordCounts(): number[] {
    return this.partition.batches.map((batch) => RecordBatch.recordCount(batch, 0));
  }
}

describe("the driver of coordinators", () => {
  it("answers NOT_COORDINATOR for partitions led elsewhere and COORDINATOR_LOAD_IN_PROGRESS while it loads", () => {
    const fixture = new Fixture();
    expect(fixture.get("a")).toBe(ErrorCode.NOT_COORDINATOR);
    fixture.driver.elected(0, fixture.partition);
    expect(fixture.get("a")).toBe(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
    fixture.put("a", "1");
    fixture.clock.runUntilIdle();
    expect(fixture.get("a")).toBeUndefined();
    fixture.driver.resigned(0);
    expect(fixture.get("a")).toBe(ErrorCode.NOT_COORDINATOR);
    expect(fixture.events).toEqual([`a failed ${ErrorCode.COORDINATOR_LOAD_IN_PROGRESS}`]);
  });

  it("appends the first operation at once and those after it in the same turn together", () => {
    const fixture = new Fixture();
    fixture.elect();
    fixture.put("a", "1");
    expect(fixture.events).toEqual(["a stored"]);
    fixture.put("b", "2");
    fixture.put("c", "3");
    fixture.put("d", "4");
    expect(fixture.events).toEqual(["a stored"]);
    fixture.clock.runUntilIdle();
    expect(fixture.events).toEqual(["a stored", "b stored", "c stored", "d stored"]);
    expect(fixture.recordCounts()).toEqual([1, 3]);
    fixture.put("e", "5");
    expect(fixture.recordCounts()).toEqual([1, 3, 1]);
  });

  it("fails and reverts all operations of a batch that cannot be appended, and no others", () => {
    const fixture = new Fixture();
    fixture.elect();
    fixture.put("a", "1");
    fixture.put("a", "2");
    fixture.put("b", "2");
    fixture.partition.failure = ErrorCode.KAFKA_STORAGE_ERROR;
    fixture.clock.runUntilIdle();
    expect(fixture.events).toEqual(["a stored", "a failed 56", "b failed 56"]);
    expect([fixture.get("a"), fixture.get("b")]).toEqual(["1", undefined]);
    fixture.partition.failure = 0;
    fixture.put("b", "3");
    expect([fixture.get("a"), fixture.get("b")]).toEqual(["1", "3"]);
  });

  it("refuses an operation that is larger than a batch may be, and starts a new batch for one that does not fit", () => {
    const fixture = new Fixture();
    fixture.elect();
    fixture.partition.maxBatchBytes = 400;
    fixture.put("a", "1");
    fixture.put("large", "x".repeat(400));
    fixture.put("b", "x".repeat(200));
    fixture.put("c", "x".repeat(200));
    fixture.clock.runUntilIdle();
    expect(fixture.events).toEqual([`a stored`, `large failed ${ErrorCode.MESSAGE_TOO_LARGE}`, "b stored", "c stored"]);
    expect(fixture.recordCounts()).toEqual([1, 1, 1]);
  });

  it("fails an operation whose decision rested on a batch that could not be appended", () => {
    const fixture = new Fixture();
    fixture.elect();
    fixture.partition.maxBatchBytes = 400;
    fixture.put("a", "1");
    fixture.put("b", "x".repeat(200));
    fixture.partition.failure = ErrorCode.NOT_ENOUGH_REPLICAS;
    fixture.put("c", "x".repeat(200));
    fixture.partition.failure = 0;
    fixture.clock.runUntilIdle();
    expect(fixture.events).toEqual(["a stored", "b failed 19", "c failed 19"]);
    expect([fixture.get("b"), fixture.get("c"), fixture.recordCounts()]).toEqual([undefined, undefined, [1]]);
  });

  it("cuts a list of records that stand for themselves into several batches", () => {
    const fixture = new Fixture();
    fixture.elect();
    fixture.partition.maxBatchBytes = 400;
    fixture.driver.write(
      0,
      (_, decision) => {
        decision.splittable = true;
        for (let index = 0; index < 10; index++) decision.append({ key: `k${index}`, value: "x".repeat(60) });
      },
      () => fixture.events.push("stored"),
      (errorCode) => fixture.events.push(`failed ${errorCode}`),
    );
    expect(fixture.recordCounts()).toEqual([3, 3, 3, 1]);
    expect(fixture.events).toEqual(["stored"]);
  });

  it("loads what was appended, also above the high watermark, and tells of it when it is committed", () => {
    const fixture = new Fixture();
    fixture.elect();
    fixture.put("a", "1");
    fixture.partition.commitsAtOnce = false;
    fixture.put("a", "2");
    fixture.put("b", "2");
    fixture.clock.runUntilIdle();
    fixture.driver.resigned(0);
    fixture.partition.leaderEpoch++;
    fixture.elect();
    const { COORDINATOR_LOAD_IN_PROGRESS } = ErrorCode;
    expect([fixture.get("a"), fixture.get("b")]).toEqual([COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_LOAD_IN_PROGRESS]);
    fixture.partition.commit();
    expect([fixture.get("a"), fixture.get("b")]).toEqual(["2", "2"]);
  });

  it("lets the broker do other things while it loads", () => {
    const fixture = new Fixture();
    fixture.elect();
    for (let index = 0; index < 50; index++) {
      fixture.put(`k${index}`, "v");
      fixture.clock.runUntilIdle();
    }
    // Every look at the clock costs a millisecond: a slice ends after a few batches.
    let elapsedMs = 0;
    const clock = { ...fixture.clock, elapsed: () => elapsedMs++, defer: (task: () => void) => slices.push(task) };
    const slices: (() => void)[] = [];
    const driver = new CoordinatorDriver<Word, Words>({
      runtime: { ...fixture.runtime, clock: { ...clock, now: () => 0, schedule: () => () => {} } },
      topic: "words",
      create: (_, timeline) => new Words(timeline),
      serde,
      compression: "none",
      commitTimeoutMs: 5000,
      loadBufferBytes: 1024,
    });
    driver.elected(0, fixture.partition);
    let count = 0;
    for (let slice = slices.shift(); slice !== undefined; slice = slices.shift()) {
      slice();
      count++;
    }
    expect(count).toBeGreaterThan(5);
    let size = 0;
    driver.read(
      0,
      (words) => {
        size = words.table.size;
      },
      () => {},
    );
    expect(size).toBe(50);
  });

  it("does not act on a log that it cannot understand", () => {
    const fixture = new Fixture();
    fixture.elect();
    fixture.put("corrupt", "1");
    fixture.driver.resigned(0);
    fixture.partition.leaderEpoch++;
    fixture.elect();
    expect(fixture.get("corrupt")).toBe(ErrorCode.NOT_COORDINATOR);
    expect(fixture.runtime.log.lines.at(-1)).toEqual({
      level: "error",
      line: "Could not load words-0 in leader epoch 1: not a word",
    });
  });

  it("does not act on a log with a bit that has flipped", () => {
    const fixture = new Fixture();
    fixture.elect();
    for (const word of ["a", "b"]) {
      fixture.put(word, "1");
      fixture.clock.runUntilIdle();
    }
    fixture.partition.batches[1]![65]! ^= 1;
    fixture.driver.resigned(0);
    fixture.partition.leaderEpoch++;
    fixture.elect();
    expect(fixture.get("a")).toBe(ErrorCode.NOT_COORDINATOR);
    expect(fixture.runtime.log.lines.at(-1)).toEqual({
      level: "error",
      line: "Could not load words-0 in leader epoch 1: The batch behind offset 0 is damaged: checksum mismatch",
    });
  });

  it("loads a log whose reads end inside of a batch", () => {
    const fixture = new Fixture();
    fixture.elect();
    for (const word of ["a", "b", "c"]) {
      fixture.put(word, word);
      fixture.clock.runUntilIdle();
    }
    const { partition } = fixture;
    partition.read = (offset) => {
      const rest = partition.batches.filter((batch) => RecordBatch.baseOffset(batch, 0) >= offset);
      const bytes = Buffer.concat(rest);
      return bytes.subarray(0, Math.min(bytes.length, rest[0]!.length + 20));
    };
    fixture.driver.resigned(0);
    partition.leaderEpoch++;
    fixture.elect();
    expect(["a", "b", "c"].map((word) => fixture.get(word))).toEqual(["a", "b", "c"]);
  });

  it("loads again when somebody else has appended to its partition", () => {
    const fixture = new Fixture();
    fixture.elect();
    fixture.put("a", "1");
    fixture.partition.append(fixture.partition.batches[0]!.slice());
    fixture.clock.runUntilIdle();
    fixture.put("a", "2");
    expect(fixture.events).toEqual(["a stored", `a failed ${ErrorCode.NOT_COORDINATOR}`]);
    fixture.clock.runUntilIdle();
    fixture.put("a", "3");
    expect([fixture.get("a"), fixture.recordCounts().length]).toEqual(["3", 3]);
  });

  it("goes on in a later epoch of its own leadership without loading", () => {
    const fixture = new Fixture();
    fixture.elect();
    fixture.put("a", "1");
    const next = new MemoryPartition();
    next.leaderEpoch = 1;
    next.logEndOffset = fixture.partition.logEndOffset;
    next.highWatermark = next.logEndOffset;
    fixture.clock.runUntilIdle();
    fixture.driver.elected(0, next);
    fixture.put("b", "2");
    expect([fixture.get("a"), fixture.get("b"), next.batches.length]).toEqual(["1", "2", 1]);
  });

  it("loads again in the present epoch of its leadership, not in that of its first", () => {
    const fixture = new Fixture();
    fixture.elect();
    const next = new MemoryPartition();
    next.leaderEpoch = 1;
    fixture.driver.elected(0, next);
    fixture.put("a", "1");
    next.append(next.batches[0]!.slice());
    fixture.clock.runUntilIdle();
    fixture.put("a", "2");
    fixture.clock.runUntilIdle();
    fixture.put("a", "3");
    expect([fixture.get("a"), next.batches.length, fixture.partition.batches.length]).toEqual(["3", 3, 0]);
  });

  it("answers everybody who waits when it resigns, once", () => {
    const fixture = new Fixture();
    fixture.elect();
    fixture.partition.commitsAtOnce = false;
    fixture.put("a", "1");
    fixture.put("b", "1");
    fixture.driver.resigned(0);
    fixture.partition.commit();
    fixture.clock.advance(10_000);
    expect(fixture.events).toEqual([`a failed ${ErrorCode.NOT_COORDINATOR}`, `b failed ${ErrorCode.NOT_COORDINATOR}`]);
  });

  it("carries out a decision in its documented order", () => {
    const fixture = new Fixture();
    fixture.elect();
    fixture.driver.write(
      0,
      (_, decision) => {
        decision.whenCommitted((errorCode) => fixture.events.push(`committed ${errorCode}`));
        decision.answer(() => fixture.events.push(`answer after ${fixture.partition.batches.length} batch`));
        decision.schedule("timer", 0, () => fixture.events.push("timer"));
        decision.append({ key: "a", value: "1" });
      },
      () => fixture.events.push("done"),
      () => {},
    );
    expect(fixture.events).toEqual(["answer after 1 batch", "committed 0", "done"]);
    fixture.clock.runUntilIdle();
    expect(fixture.events.at(-1)).toBe("timer");
  });

  it("loads the log of Apache Kafka: groups, offsets, tombstones and committed transactions", () => {
    const golden = new Uint8Array(readFileSync(new URL("./golden/consumer-offsets.log", import.meta.url)));
    const scenario = new GroupScenario();
    for (const at of RecordBatch.batchPositions(golden)) {
      scenario.partition.append(golden.slice(at, at + RecordBatch.sizeInBytes(golden, at)));
    }
    scenario.play("resign");
    scenario.play("elect");
    expect(scenario.play("list")).toEqual([
      "ListGroups NONE: kcat-group(Empty classic) static-group(Stable classic) simple-group(Empty classic) copier-group(Empty classic)",
    ]);
    expect(scenario.play("describe group=static-group")[0]).toMatch(
      /^static-group: NONE Stable "consumer" "range" i-1-[0-9a-f-]{36}\(/,
    );
    const offsets = ["kcat-group", "static-group", "simple-group", "doomed-group", "copier-group"].flatMap((group) =>
      scenario.play(`fetch all group=${group}`),
    );
    expect(offsets).toEqual([
      "OffsetFetch NONE: orders-0@10",
      "OffsetFetch NONE: orders-0@10 orders-1@0",
      "OffsetFetch NONE: orders-1@9",
      "OffsetFetch NONE: ",
      "OffsetFetch NONE: orders-0@6",
    ]);
  });

  it("keeps offsets of an open transaction pending", () => {
    const golden = new Uint8Array(readFileSync(new URL("./golden/consumer-offsets.log", import.meta.url)));
    const scenario = new GroupScenario();
    const positions = [...RecordBatch.batchPositions(golden)];
    for (const at of positions.slice(0, -1)) {
      scenario.partition.append(golden.slice(at, at + RecordBatch.sizeInBytes(golden, at)));
    }
    scenario.play("resign");
    scenario.play("elect");
    expect(scenario.play("fetch orders-0 group=copier-group")).toEqual(["OffsetFetch NONE: orders-0@3"]);
    expect(scenario.play("fetch orders-0 group=copier-group stable=true")).toEqual([
      "OffsetFetch NONE: orders-0@-1(UNSTABLE_OFFSET_COMMIT)",
    ]);
  });
});
