import { beforeEach, describe, expect, test } from "vitest";
import { CleanedSegment } from "../../../src/log/cleaner/cleaned-segment.ts";
import { DirectoriesBroker, IDS, upTo } from "./directories-broker.ts";

let node: DirectoriesBroker;

beforeEach(async () => {
  node = await DirectoriesBroker.start();
});

describe("the log changes while it is copied", () => {
  test("as it is truncated, by a new leader, at every point", async () => {
    for (const offset of [0, 5, 12, 19]) {
      const topic = `t${offset}`;
      node.createTopic(20, topic);
      node.broker.changePartition(topic, { leader: 1 });
      node.append(topic, 5);
      node.moveSlowly();
      node.alter("/d2", topic);
      await node.run(20_000);
      node.moveAtFullSpeed();
      node.broker.partition(topic).truncateTo(offset);
      node.broker.changePartition(topic, { leader: 1 });
      node.append(topic, 7);
      await node.run(100);
      node.accept();
      await node.run(100);
      const { log } = node.broker.partition(topic);
      expect([node.broker.logs.directoryOf(log!), node.offsets(topic)]).toEqual(["/d2", upTo(offset + 7)]);
      expect(log!.latestEpoch).toBe(2);
    }
  });

  test("as it is truncated after all was copied, while the controller is waited for", async () => {
    node.createTopic(20);
    node.alter("/d2");
    await node.run(100);
    node.broker.partition("t").truncateTo(11);
    node.broker.changePartition("t", { leader: 1 });
    node.append("t", 9);
    node.accept();
    await node.run(100);
    const { log } = node.broker.partition("t");
    expect([node.directoryOf(), node.offsets(), log!.epochEntries.at(-1)]).toEqual([
      "/d2",
      upTo(20),
      { epoch: 1, startOffset: 11 },
    ]);
  });

  test("as it starts over elsewhere", async () => {
    node.createTopic(20);
    node.moveSlowly();
    node.alter("/d2");
    await node.run(2_000);
    node.broker.partition("t").truncateFullyAndStartAt(500);
    node.append("t", 3);
    node.moveAtFullSpeed();
    await node.run(100);
    node.accept();
    await node.run(100);
    expect([node.directoryOf(), node.offsets()]).toEqual(["/d2", upTo(503, 500)]);
  });

  test("as records are deleted, which were copied, are being copied or will be", async () => {
    node.createTopic(60);
    node.moveSlowly();
    node.alter("/d2");
    await node.run(2_000);
    const copied = node.future()!.logEndOffset;
    expect(copied).toBeLessThan(40);
    node.broker.partition("t").deleteRecords(40);
    node.log().deleteSegmentsBelowLogStart();
    expect(node.broker.partition("t").lowWatermark).toBeLessThan(40);
    node.moveAtFullSpeed();
    await node.run(100);
    expect(node.broker.partition("t").lowWatermark).toBe(40);
    node.accept();
    await node.run(100);
    const { log } = node.broker.partition("t");
    expect([node.directoryOf(), log!.logStartOffset, node.offsets()]).toEqual(["/d2", 40, upTo(60, 40)]);
  });
});

describe("a log whose last batches were cleaned away", () => {
  async function withoutLastBatches(): Promise<void> {
    node.createTopic(10);
    const log = node.log();
    log.roll();
    node.broker.append("t", 5);
    log.roll();
    const [kept, gone] = log.segments;
    const cleaned = new CleanedSegment(log, 0, node.runtime);
    const bytes = new Uint8Array(kept!.sizeBytes);
    kept!.file.read(bytes, 0);
    await cleaned.append(bytes);
    await cleaned.finish(node.runtime.clock.now());
    await log.replaceSegments([kept!, gone!], 0);
  }

  test("moves, and goes on where it was", async () => {
    await withoutLastBatches();
    node.alter("/d2");
    await node.run(100);
    node.accept();
    await node.run(100);
    expect([node.directoryOf(), node.log().logEndOffset, node.log().highWatermark]).toEqual(["/d2", 15, 15]);
    node.broker.append("t", 2);
    expect(node.offsets()).toEqual([...upTo(10), 15, 16]);
  });

  test("moves after a kill, too", async () => {
    await withoutLastBatches();
    node.alter("/d2");
    await node.run(100);
    await node.restart();
    node.broker.createTopic("t");
    expect([node.log().logEndOffset, node.future()!.logEndOffset]).toEqual([15, 15]);
    await node.run(100);
    node.accept();
    await node.run(100);
    node.broker.append("t", 2);
    expect([node.directoryOf(), node.offsets()]).toEqual(["/d2", [...upTo(10), 15, 16]]);
  });
});

describe("a kill", () => {
  test("at any point leaves a move that goes on after the start", async () => {
    node.createTopic(40);
    node.moveSlowly();
    node.alter("/d2");
    for (let round = 0; round < 8; round++) {
      await node.run(round * 700);
      const end = node.log().logEndOffset;
      const before = node.future()?.logEndOffset ?? 0;
      await node.restart();
      node.broker.createTopic("t");
      expect(node.log().logEndOffset).toBe(end);
      expect(node.future()!.logEndOffset).toBeGreaterThanOrEqual(before);
      node.moveSlowly();
      node.append("t", 2);
    }
    node.moveAtFullSpeed();
    await node.run(100);
    node.accept();
    await node.run(100);
    expect([node.directoryOf(), node.offsets()]).toEqual(["/d2", upTo(56)]);
    await node.restart();
    node.broker.createTopic("t");
    expect([node.directoryOf(), node.future(), node.offsets()]).toEqual(["/d2", undefined, upTo(56)]);
    expect(node.told).toEqual(["/d2"]);
  });

  test("after which the log was truncated makes the copy follow it", async () => {
    node.createTopic(20);
    node.alter("/d2");
    await node.run(100);
    node.broker.partition("t").truncateTo(8);
    node.broker.changePartition("t", { leader: 1 });
    node.append("t", 20);
    await node.restart();
    node.broker.createTopic("t");
    await node.run(100);
    node.accept();
    await node.run(100);
    const { log } = node.broker.partition("t");
    expect([node.directoryOf(), node.offsets()]).toEqual(["/d2", upTo(28)]);
    expect(log!.epochEntries).toContainEqual({ epoch: 1, startOffset: 8 });
  });
});

test("a replica whose directory has failed is not created anew in another one", async () => {
  node.createTopic(10);
  node.broker.createTopic("other");
  await node.restart(({ files }) => {
    files.rename("/d1", "/away");
    files.open("/d1", "create").close();
  });
  expect(node.broker.logs.logDirs).toEqual(["/d2", "/d3"]);
  node.broker.createTopic("t", { directories: [IDS["/d1"]!] });
  expect(node.broker.partition("t").isOffline).toBe(true);
  node.broker.createTopic("new");
  expect(node.broker.partition("new").isOffline).toBe(false);
});
