import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRuntime } from "#adapter";
import { ClusterAdmin } from "../../clients/cluster/cluster-admin.ts";
import { ClusterUnderTest } from "../../clients/cluster/cluster-under-test.ts";
import { eventually } from "../../clients/cluster/quorum.ts";
import { Writer } from "../../cluster/writer.ts";
import { differentCopies } from "./data-files.ts";
import { APACHE_KAFKA, COMMON_FEATURES, launchAny } from "./launcher.ts";

const TOPIC = "mixed";
const PARTITIONS = [0, 1];
const BROKERS = [2, 3];
const runtime = createRuntime({ log: { write() {} } });

/** The controller of the one, a broker of each: they lead and follow each other in both directions. */
const clusters = [
  { controller: APACHE_KAFKA, brokers: ["node", APACHE_KAFKA] },
  { controller: "bun", brokers: [APACHE_KAFKA, "deno"] },
] as const;

describe.each(clusters)("brokers of $brokers under a controller of $controller only", ({ controller, brokers }) => {
  let cluster: ClusterUnderTest;
  let writers: Writer[] = [];

  beforeAll(async () => {
    const specs = [
      { software: controller, roles: "controller" } as const,
      ...brokers.map((software) => ({ software, roles: "broker" }) as const),
    ];
    cluster = await ClusterUnderTest.create(specs, { launcher: launchAny, features: COMMON_FEATURES });
    await cluster.start();
    await new ClusterAdmin(cluster.node(2)).createTopic(
      TOPIC,
      [
        [2, 3],
        [3, 2],
      ],
      { "min.insync.replicas": "1" },
    );
    const options = { runtime, bootstrap: cluster.addresses, topic: TOPIC };
    writers = await Promise.all(PARTITIONS.map((partition) => Writer.start({ ...options, partition })));
  }, 600_000);

  afterAll(async () => {
    for (const writer of writers) writer.close();
    await cluster?.dispose();
  });

  test("each leads a partition and follows the other in the other one", { timeout: 600_000 }, async () => {
    await untilInSync([2, 3]);
    await progress();
  });

  test.for(BROKERS)(
    "while broker %i is away the other leads both, and it catches up",
    {
      timeout: 600_000,
    },
    async (id) => {
      const other = BROKERS.find((each) => each !== id)!;
      await cluster.node(id).stop();
      await untilLedBy([other, other]);
      await progress();
      await cluster.node(id).start();
      await untilInSync(BROKERS);
      const admin = new ClusterAdmin(cluster.node(other));
      for (const partition of PARTITIONS) await admin.electPreferred(TOPIC, partition);
      await untilLedBy(BROKERS);
      await progress();
    },
  );

  test("what was acknowledged is stored once and in order, in the same bytes on both", async () => {
    await Promise.all(writers.map((writer) => writer.stop()));
    for (const [index, writer] of writers.entries()) {
      expect(await writer.stored()).toEqual(writer.acknowledged);
      await eventually(
        async () => differentCopies(cluster.brokers, TOPIC, index) === undefined || undefined,
        () => `the same copies of ${TOPIC}-${index}: ${differentCopies(cluster.brokers, TOPIC, index)}`,
      );
    }
  }, 600_000);

  async function progress(): Promise<void> {
    for (const [index, writer] of writers.entries()) {
      const count = writer.acknowledged.length;
      await eventually(
        async () => (writer.failure ?? writer.acknowledged.length > count + 10) || undefined,
        () => `progress of partition ${index}`,
      );
      expect(writer.failure).toBeUndefined();
    }
  }

  function untilLedBy(leaders: readonly number[]): Promise<void> {
    return allSee(
      `leaders ${leaders}`,
      (partitions) => String(partitions.map(({ leader }) => leader)) === String(leaders),
    );
  }

  function untilInSync(ids: readonly number[]): Promise<void> {
    return allSee(`${ids} in sync`, (partitions) => partitions.every(({ isr }) => String(isr) === String(ids)));
  }

  /** As each of the brokers that run has it. */
  async function allSee(
    what: string,
    isSeen: (partitions: Awaited<ReturnType<ClusterAdmin["partitions"]>>) => boolean,
  ): Promise<void> {
    for (const node of cluster.brokers.filter(({ isRunning }) => isRunning)) {
      const admin = new ClusterAdmin(node);
      const look = async () => {
        const partitions = await admin.partitions(TOPIC);
        return (partitions.length === PARTITIONS.length && isSeen(partitions)) || undefined;
      };
      await eventually(look, () => `${what} at ${node.name}`);
    }
  }
});
