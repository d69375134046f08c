import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRuntime } from "#adapter";
import { ClusterAdmin } from "../../clients/cluster/cluster-admin.ts";
import { ClusterUnderTest } from "../../clients/cluster/cluster-under-test.ts";
import { eventually } from "../../clients/cluster/quorum.ts";
import { Reader } from "../../cluster/reader.ts";
import { Writer } from "../../cluster/writer.ts";
import { differentCopies } from "./data-files.ts";
import { APACHE_KAFKA, COMMON_FEATURES, launchAny } from "./launcher.ts";

const TOPIC = "rolled";
const PARTITIONS = [0, 1, 2];
const runtime = createRuntime({ log: { write() {} } });

/**
 * Three nodes of Apache Kafka, brokers and controllers both, become Polylog one after the other on the same data
 * directories, and Apache Kafka again, under producers with acks=all and idempotence and consumers that check every record.
 */
describe("a cluster of Apache Kafka rolled to Polylog and back", () => {
  let cluster: ClusterUnderTest;
  let writers: Writer[];
  let readers: Reader[];

  beforeAll(async () => {
    const specs = [1, 2, 3].map(() => ({ software: APACHE_KAFKA, roles: "broker,controller" }) as const);
    cluster = await ClusterUnderTest.create(specs, { launcher: launchAny, features: COMMON_FEATURES });
    await cluster.start();
    await new ClusterAdmin(cluster.node(1)).createTopic(
      TOPIC,
      [
        [1, 2, 3],
        [2, 3, 1],
        [3, 1, 2],
      ],
      { "min.insync.replicas": "2" },
    );
    const options = { runtime, bootstrap: cluster.addresses, topic: TOPIC };
    writers = await Promise.all(PARTITIONS.map((partition) => Writer.start({ ...options, partition })));
    readers = await Promise.all(PARTITIONS.map((partition) => Reader.start({ ...options, partition })));
  }, 600_000);

  afterAll(async () => {
    for (const each of [...(writers ?? []), ...(readers ?? [])]) each.close();
    await cluster?.dispose();
  });

  const steps = ["node", APACHE_KAFKA].flatMap((software) => [1, 2, 3].map((id) => ({ software, id })));

  test.for(steps)("node $id runs on $software", { timeout: 600_000 }, async ({ software, id }) => {
    const node = cluster.node(id);
    await node.stop();
    node.runOn(software);
    await node.start();
    await allInSync();
    const counts = writers.map(({ acknowledged }) => acknowledged.length);
    for (const [index, writer] of writers.entries()) {
      await eventually(
        async () => (writer.failure ?? writer.acknowledged.length > counts[index]! + 20) || undefined,
        () => `progress of partition ${index}`,
      );
      expect(writer.failure).toBeUndefined();
      expect(readers[index]!.failure).toBeUndefined();
      console.log(`partition ${index}: longest pause ${Math.round(writer.takeLongestPauseMs())} ms`);
    }
  });

  /** As each of the brokers has it. */
  async function allInSync(): Promise<void> {
    for (const node of cluster.brokers) {
      const admin = new ClusterAdmin(node);
      const look = async () => {
        const partitions = await admin.partitions(TOPIC);
        return partitions.length === 3 && partitions.every(({ isr }) => String(isr) === "1,2,3") ? true : undefined;
      };
      await eventually(look, () => `${TOPIC} in sync at ${node.name}`);
    }
  }

  test("nothing is lost, nothing is there twice, no offset has changed, and all copies are the same", async () => {
    await Promise.all(writers.map((writer) => writer.stop()));
    await Promise.all(readers.map((reader, index) => reader.stop(writers[index]!.acknowledged.length)));
    for (const [index, writer] of writers.entries()) {
      expect(await writer.stored()).toEqual(writer.acknowledged);
      expect(readers[index]!.values).toEqual(writer.acknowledged);
      await eventually(
        async () => differentCopies(cluster.brokers, TOPIC, index) === undefined || undefined,
        () => `the same copies of ${TOPIC}-${index}: ${differentCopies(cluster.brokers, TOPIC, index)}`,
      );
    }
  }, 600_000);
});
