import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ClusterUnderTest } from "./cluster/cluster-under-test.ts";
import { idsOf, QuorumUnderTest } from "./cluster/quorum.ts";
import { runtimeNames } from "./polylog-server.ts";

describe("three controllers in processes of their own, one on each runtime", { timeout: 180_000 }, () => {
  let cluster: ClusterUnderTest;
  let controllers: QuorumUnderTest;

  beforeAll(async () => {
    cluster = await ClusterUnderTest.create(runtimeNames.map((software) => ({ software, roles: "controller" })));
    await cluster.start();
    controllers = new QuorumUnderTest(cluster);
  });

  afterAll(() => cluster?.dispose());

  test("one that is killed is replaced, and comes back", async () => {
    const before = await controllers.caughtUp();
    await cluster.node(before.leaderId).kill();
    const { leaderId } = await controllers.leader({ afterEpoch: before.leaderEpoch });
    expect(leaderId).not.toBe(before.leaderId);
    await cluster.start(before.leaderId);
    const after = await controllers.caughtUp();
    expect(idsOf(after.currentVoters)).toEqual([1, 2, 3]);
    expect(after.highWatermark).toBeGreaterThan(before.highWatermark);
  });

  test("one that is paused is replaced, and follows when it goes on", async () => {
    const before = await controllers.caughtUp();
    const paused = cluster.node(before.leaderId);
    paused.signal("SIGSTOP");
    const { leaderId } = await controllers.leader({ afterEpoch: before.leaderEpoch, without: paused.id });
    expect(leaderId).not.toBe(before.leaderId);
    paused.signal("SIGCONT");
    // It leads no more as soon as it hears of the other.
    await controllers.leader({ afterEpoch: before.leaderEpoch });
    const after = await controllers.caughtUp();
    expect(after.highWatermark).toBeGreaterThan(before.highWatermark);
  });

  test("one that stops hands over", async () => {
    const before = await controllers.caughtUp();
    await cluster.node(before.leaderId).stop();
    const { leaderId } = await controllers.leader({ afterEpoch: before.leaderEpoch });
    expect(leaderId).not.toBe(before.leaderId);
    await cluster.start(before.leaderId);
    await controllers.caughtUp();
  });

  test("all that are killed at once come back with what they had", async () => {
    const before = await controllers.caughtUp();
    await Promise.all(cluster.nodes.map((node) => node.kill()));
    await cluster.start();
    await controllers.leader({ afterEpoch: before.leaderEpoch });
    expect((await controllers.caughtUp()).highWatermark).toBeGreaterThan(before.highWatermark);
  });
});
