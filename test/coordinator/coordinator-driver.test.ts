import { describe, expect, it } from "vitest";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { MemoryPartition } from "./memory-partition.ts";
import { WordsFixture } from "./words-fixture.ts";

describe("the driver of coordinators", () => {
  it("answers NOT_COORDINATOR for partitions led elsewhere and COORDINATOR_LOAD_IN_PROGRESS while it loads", () => {
    const fixture = new WordsFixture();
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
    const fixture = new WordsFixture();
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
    const fixture = new WordsFixture();
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
    const fixture = new WordsFixture();
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
    const fixture = new WordsFixture();
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
    const fixture = new WordsFixture();
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

  it("loads again when somebody else has appended to its partition", () => {
    const fixture = new WordsFixture();
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
    const fixture = new WordsFixture();
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
    const fixture = new WordsFixture();
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
    const fixture = new WordsFixture();
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
    const fixture = new WordsFixture();
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
});
