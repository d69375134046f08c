import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ManualClock } from "../../adapters/simulator/index.ts";
import { namesReplica, ReplicationQuota } from "../../src/replica/replication-quota.ts";
import { firstDifference, TestReplicas } from "./test-replicas.ts";

const RATE = 100_000;

describe("replication quota", () => {
  const clock = new ManualClock();
  const quota = new ReplicationQuota({ clock, windowCount: 11, windowSeconds: 1 });

  test("is exceeded when more went in the last windows than the bound allows, and no longer when those are over", () => {
    quota.record(5_000_000);
    expect(quota.isExceeded).toBe(false);
    quota.boundBytesPerSecond = RATE;
    expect([quota.bytesPerSecond, quota.isExceeded]).toEqual([500_000, true]);
    clock.advance(10_500);
    expect(quota.isExceeded).toBe(true);
    clock.advance(500);
    expect([quota.bytesPerSecond, quota.isExceeded]).toEqual([0, false]);
  });

  test.each([
    [["*"], true],
    [["0:1", "3:2"], true],
    [["3:1", "0:2"], false],
    [[], false],
  ])("%j names partition 3 on broker 2: %s", (list, named) => {
    expect(namesReplica(list, 3, 2)).toBe(named);
  });
});

describe("a new replica catches up", () => {
  let cluster: TestReplicas;

  beforeEach(async () => {
    cluster = await TestReplicas.start(3, { "replica.fetch.max.bytes": 20_000 });
  });

  afterEach(() => cluster.close());

  /** Broker 2 is in sync, broker 3 is new; returns how much broker 3 has per second, over half a minute. */
  async function catchUp(config: Record<string, string[]>): Promise<number> {
    cluster.createTopic("t", { replicas: [1, 2], leader: 1, config });
    for (let batch = 0; batch < 500; batch++) cluster.broker(1).append("t", 1, { valueBytes: 10_000 });
    await cluster.run(2_000);
    expect(firstDifference(cluster.log(2), cluster.log(1))).toBeUndefined();
    cluster.change("t", { replicas: [1, 2, 3] });
    await cluster.run(30_000);
    return cluster.log(3).sizeBytes / 30;
  }

  test("at once, without a throttle", async () => {
    await catchUp({});
    expect(firstDifference(cluster.log(3), cluster.log(1))).toBeUndefined();
  });

  test("not faster than the leader may send, and in-sync replicas do not wait for it", async () => {
    cluster.broker(1).replicas.quotas.leader.boundBytesPerSecond = RATE;
    const rate = await catchUp({ "leader.replication.throttled.replicas": ["*"] });
    // What broker 2 was sent before counts, too.
    expect(rate).toBeGreaterThan(RATE / 4);
    expect(rate).toBeLessThan(2 * RATE);
    cluster.broker(1).append("t", 1);
    await cluster.run(10);
    expect(cluster.log(2).logEndOffset).toBe(501);
  });

  test("not faster than the follower may fetch", async () => {
    cluster.broker(3).replicas.quotas.follower.boundBytesPerSecond = RATE;
    const rate = await catchUp({ "follower.replication.throttled.replicas": ["0:3"] });
    expect(rate).toBeGreaterThan(RATE / 2);
    expect(rate).toBeLessThan(2 * RATE);
    cluster.broker(3).replicas.quotas.follower.boundBytesPerSecond = Number.POSITIVE_INFINITY;
    await cluster.run(1_000);
    expect(firstDifference(cluster.log(3), cluster.log(1))).toBeUndefined();
  });
});
