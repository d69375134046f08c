import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ClusterAdmin } from "../../clients/cluster/cluster-admin.ts";
import { ClusterUnderTest } from "../../clients/cluster/cluster-under-test.ts";
import { eventually, idsOf, QuorumUnderTest } from "../../clients/cluster/quorum.ts";
import { APACHE_KAFKA, COMMON_FEATURES, launchAny } from "./launcher.ts";

/** Two brokers of each beside a quorum of both: whoever is active, all of them follow. */
const quorums = [
  { quorum: "dynamic", turns: [1, 2, 3], controllers: ["node", APACHE_KAFKA, "bun"], brokers: ["deno", APACHE_KAFKA] },
  {
    quorum: "static",
    turns: [1, 2],
    controllers: [APACHE_KAFKA, "node", APACHE_KAFKA],
    brokers: ["node", APACHE_KAFKA],
  },
] as const;

describe.each(quorums)(
  "a $quorum quorum of $controllers with brokers of $brokers",
  ({ quorum, turns, ...software }) => {
    let cluster: ClusterUnderTest;
    let controllers: QuorumUnderTest;
    let admins: ClusterAdmin[];

    beforeAll(async () => {
      const specs = [
        ...software.controllers.map((name) => ({ software: name, roles: "controller" }) as const),
        ...software.brokers.map((name) => ({ software: name, roles: "broker" }) as const),
      ];
      cluster = await ClusterUnderTest.create(specs, { quorum, launcher: launchAny, features: COMMON_FEATURES });
      await cluster.start();
      controllers = new QuorumUnderTest(cluster);
      admins = cluster.brokers.map((node) => new ClusterAdmin(node));
    }, 600_000);

    afterAll(() => cluster?.dispose());

    test.for([...turns])(
      "controller %i creates, alters, reassigns and elects, and all others follow",
      {
        timeout: 600_000,
      },
      async (active) => {
        await controllers.letLead(active);
        for (const admin of admins) await administer(admin, admins, `by-${active}-through-${admin.node.id}`);
        const { currentVoters } = await controllers.leader();
        expect(idsOf(currentVoters)).toEqual([1, 2, 3]);
      },
    );

    test("all topics are there for each broker in the end", async () => {
      const names = turns.flatMap((active) => [4, 5].map((broker) => `by-${active}-through-${broker}`));
      for (const admin of admins) expect(await admin.topicNames()).toEqual(names);
    });
  },
);

/** What a client does through one broker, all of them must then tell. */
async function administer(through: ClusterAdmin, all: readonly ClusterAdmin[], name: string): Promise<void> {
  await allSee(all, "both brokers", async (admin) => (await admin.brokerIds()).length === 2);
  await through.createTopic(name, [
    [4, 5],
    [5, 4],
  ]);
  await through.createTopic(`${name}-gone`, [[5, 4]]);
  await through.addPartition(name, 3, [4, 5]);
  await through.setConfig(name, "retention.ms", "123456");
  await through.deleteTopic(`${name}-gone`);
  await allSee(all, `topic ${name}`, async (admin) => {
    const isGone = !(await admin.topicNames()).includes(`${name}-gone`);
    const isThere = (await admin.partitions(name)).length === 3;
    return isGone && isThere && (await admin.config(name, "retention.ms")) === "123456";
  });
  await through.reassign(name, 1, [5]);
  await allInSync(all, name, 1, [5]);
  await through.reassign(name, 1, [4, 5]);
  await allInSync(all, name, 1, [4, 5]);
  await through.reassign(name, 0, [5, 4]);
  await allInSync(all, name, 0, [5, 4]);
  await through.electPreferred(name, 0);
  await through.electPreferred(name, 1);
  await allSee(all, `preferred leaders of ${name}`, async (admin) => {
    const leaders = (await admin.partitions(name)).map(({ leader }) => leader);
    return String(leaders) === String([5, 4, 4]);
  });
}

function allInSync(all: readonly ClusterAdmin[], name: string, index: number, replicas: readonly number[]) {
  return allSee(all, `${name}-${index} on ${replicas}`, async (admin) => {
    const partition = (await admin.partitions(name))[index];
    return String(partition?.replicas) === String(replicas) && partition?.isr.length === replicas.length;
  });
}

async function allSee(
  all: readonly ClusterAdmin[],
  what: string,
  isSeen: (admin: ClusterAdmin) => Promise<boolean>,
): Promise<void> {
  for (const admin of all) {
    const look = async () => ((await isSeen(admin)) ? true : undefined);
    await eventually(look, () => `${what} at ${admin.node.name}`);
  }
}
