import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CoordinatorDriver } from "../../src/coordinator/coordinator-driver.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import * as RecordBatch from "../../src/record/record-batch.ts";
import { GroupScenario } from "./group-scenario.ts";
import { serde, type Word, Words, WordsFixture } from "./words-fixture.ts";

describe("the loader of a coordinator", () => {
  it("loads what was appended, also above the high watermark, and tells of it when it is committed", () => {
    const fixture = new WordsFixture();
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
    const fixture = new WordsFixture();
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

  it("waits for a disk that does not answer", () => {
    const fixture = new WordsFixture();
    fixture.elect();
    fixture.put("a", "1");
    fixture.driver.resigned(0);
    fixture.partition.leaderEpoch++;
    fixture.partition.isStalled = true;
    fixture.driver.elected(0, fixture.partition);
    fixture.clock.advance(5_000);
    expect(fixture.get("a")).toBe(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
    fixture.partition.isStalled = false;
    fixture.clock.advance(1_000);
    fixture.clock.runUntilIdle();
    expect(fixture.get("a")).toBe("1");
  });

  it("keeps nobody waiting for what is on the disk only, and waits for it in the end", async () => {
    const fixture = new WordsFixture();
    fixture.elect();
    fixture.put("a", "1");
    fixture.driver.resigned(0);
    fixture.partition.leaderEpoch++;
    let isCold = true;
    const arrivals: (() => void)[] = [];
    const withoutWaiting = (action: () => void): Promise<void> | undefined => {
      if (isCold) return new Promise((resolve) => arrivals.push(resolve));
      action();
      return undefined;
    };
    Object.assign(fixture.runtime.files, { withoutWaiting });
    const answer = async (): Promise<void> => {
      for (const arrived of arrivals.splice(0)) arrived();
      await Promise.resolve();
      fixture.clock.runUntilIdle();
    };
    fixture.elect();
    for (let place = 0; place < 3; place++) await answer();
    expect([fixture.get("a"), arrivals.length]).toEqual([ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, 1]);
    isCold = false;
    await answer();
    expect(fixture.get("a")).toBe("1");

    fixture.driver.resigned(0);
    fixture.partition.leaderEpoch++;
    isCold = true;
    fixture.elect();
    for (let place = 0; place < 100 && arrivals.length > 0; place++) await answer();
    expect(fixture.get("a")).toBe("1");
  });

  it("forgets what it has asked the disk for once somebody else leads", async () => {
    const fixture = new WordsFixture();
    fixture.elect();
    fixture.put("a", "1");
    fixture.driver.resigned(0);
    fixture.partition.leaderEpoch++;
    let asked = 0;
    const withoutWaiting = (): Promise<void> => {
      asked++;
      return Promise.resolve();
    };
    Object.assign(fixture.runtime.files, { withoutWaiting });
    fixture.driver.elected(0, fixture.partition);
    fixture.clock.runUntilIdle();
    expect(asked).toBe(1);
    fixture.driver.resigned(0);
    await Promise.resolve();
    fixture.clock.runUntilIdle();
    expect(asked).toBe(1);
  });

  it("no longer waits for that once somebody else leads", () => {
    const fixture = new WordsFixture();
    const { clock } = fixture;
    const schedule = clock.schedule.bind(clock);
    let timerCount = 0;
    clock.schedule = (delayMs, task) => {
      timerCount++;
      const cancel = schedule(delayMs, task);
      return () => {
        timerCount--;
        cancel();
      };
    };
    fixture.elect();
    fixture.put("a", "1");
    fixture.driver.resigned(0);
    fixture.partition.leaderEpoch++;
    fixture.partition.isStalled = true;
    timerCount = 0;
    fixture.elect();
    expect(timerCount).toBe(1);
    fixture.driver.resigned(0);
    expect(timerCount).toBe(0);
  });

  it("does not act on a log that it cannot understand", () => {
    const fixture = new WordsFixture();
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
    const fixture = new WordsFixture();
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
    const fixture = new WordsFixture();
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

  it("shows a mistake of a coordinator that begins to act as what it is, and not as a log that cannot be loaded", () => {
    const fixture = new WordsFixture();
    fixture.loaded = () => {
      throw new TypeError("a mistake");
    };
    expect(() => fixture.elect()).toThrow("a mistake");
    expect(fixture.runtime.log.lines.filter(({ line }) => line.startsWith("Could not load"))).toEqual([]);
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
