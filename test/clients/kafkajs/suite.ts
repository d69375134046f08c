import kafkajs from "kafkajs";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { soon } from "../../patience.ts";
import type { BrokerUnderTest, Target } from "../broker-under-test.ts";
import { uniqueName } from "../topic-names.ts";
import { codecs, registerCodecs } from "./codecs.ts";
import { KafkajsSession } from "./session.ts";

const { ConfigResourceTypes } = kafkajs;

/** What a user of kafkajs does with a broker. */
export function kafkajsSuite(target: Target): void {
  describe(`kafkajs with ${target.name}`, () => {
    let broker: BrokerUnderTest;
    beforeAll(async () => {
      registerCodecs();
      broker = await target.start();
    });
    afterAll(() => broker?.dispose());

    async function session(topic: string, numPartitions = 1) {
      const clients = new KafkajsSession(broker.bootstrap);
      const admin = await clients.admin();
      await admin.createTopics({ topics: [{ topic, numPartitions }], waitForLeaders: true });
      return Object.assign(clients, { topic, adminClient: admin });
    }

    test("a topic is created once, with the partitions asked for, and deleted", async () => {
      await using clients = await session(uniqueName("created"), 3);
      const { topic, adminClient } = clients;
      expect(await adminClient.createTopics({ topics: [{ topic }] })).toBe(false);
      expect(await adminClient.listTopics()).toContain(topic);
      const { topics } = await adminClient.fetchTopicMetadata({ topics: [topic] });
      expect(
        topics[0]!.partitions
          .map(({ partitionId, leader, isr }) => ({ partitionId, leader, isr }))
          .sort((a, b) => a.partitionId - b.partitionId),
      ).toEqual([0, 1, 2].map((partitionId) => ({ partitionId, leader: 1, isr: [1] })));
      await adminClient.deleteTopics({ topics: [topic] });
      await vi.waitFor(async () => expect(await adminClient.listTopics()).not.toContain(topic), soon);
    });

    test("a topic name with a forbidden character is refused", async () => {
      await using clients = new KafkajsSession(broker.bootstrap);
      const admin = await clients.admin();
      await expect(admin.createTopics({ topics: [{ topic: "not/allowed" }] })).rejects.toMatchObject({
        errors: [{ type: "INVALID_TOPIC_EXCEPTION" }],
      });
    });

    describe.for(Object.entries(codecs))("records compressed with %s", ([, compression]) => {
      test.for([-1, 1, 0])("arrive as they were sent with acks %i", async (acks) => {
        await using clients = await session(uniqueName("codec"));
        const producer = await clients.producer();
        const messages = Array.from({ length: 200 }, (_, i) => ({
          key: `key-${i}`,
          value: `value ${i} ${"compressible ".repeat(i % 20)}`,
          headers: { n: String(i) },
        }));
        await producer.send({ topic: clients.topic, acks, compression, messages });
        const reader = await clients.consumer({ groupId: uniqueName("codec") }, clients.topic);
        const received = await reader.until(messages.length);
        expect(received.map(({ key, value, headers }) => ({ key, value, headers }))).toEqual(messages);
        expect(received.map(({ offset }) => Number(offset))).toEqual(messages.map((_, i) => i));
      });
    });

    test("null keys, tombstones, empty values and repeated headers keep their difference", async () => {
      await using clients = await session(uniqueName("shapes"));
      const producer = await clients.producer();
      const messages = [
        { key: null, value: "no key" },
        { key: "tombstone", value: null },
        { key: "", value: "" },
        { key: "ключ 🔑", value: "значение", headers: { many: ["one", "two"], empty: "" } },
      ];
      await producer.send({ topic: clients.topic, messages });
      const reader = await clients.consumer({ groupId: uniqueName("shapes") }, clients.topic);
      const received = await reader.until(messages.length);
      expect(received.map(({ key, value, headers }) => ({ key, value, headers }))).toEqual(
        messages.map((message) => ({ headers: {}, ...message })),
      );
    });

    test("a record of a megabyte arrives whole; one over max.message.bytes is refused", async () => {
      await using clients = await session(uniqueName("large"));
      const producer = await clients.producer({ retry: { retries: 0 } });
      const value = "0123456789abcdef".repeat(62_500);
      await producer.send({ topic: clients.topic, messages: [{ value }] });
      await expect(producer.send({ topic: clients.topic, messages: [{ value: value + value }] })).rejects.toMatchObject(
        { type: "MESSAGE_TOO_LARGE" },
      );
      const reader = await clients.consumer({ groupId: uniqueName("large") }, clients.topic);
      expect((await reader.until(1))[0]!.value).toBe(value);
    });

    test("an idempotent producer's batches are appended in order, each once", async () => {
      await using clients = await session(uniqueName("idempotent"));
      const producer = await clients.producer({ idempotent: true, maxInFlightRequests: 1 });
      for (let batch = 0; batch < 30; batch++) {
        await producer.send({ topic: clients.topic, messages: [0, 1, 2].map((i) => ({ value: `${batch}.${i}` })) });
      }
      const reader = await clients.consumer({ groupId: uniqueName("idempotent") }, clients.topic);
      const received = await reader.until(90);
      expect(received.map(({ value }) => value)).toEqual(
        Array.from({ length: 90 }, (_, i) => `${Math.floor(i / 3)}.${i % 3}`),
      );
    });

    test("producing to an unknown topic creates it", async () => {
      await using clients = new KafkajsSession(broker.bootstrap);
      const producer = await clients.producer({ allowAutoTopicCreation: true });
      const topic = uniqueName("automatic");
      await producer.send({ topic, messages: [{ value: "first" }] });
      const reader = await clients.consumer({ groupId: uniqueName("automatic") }, topic);
      expect((await reader.until(1))[0]!.value).toBe("first");
    });

    test("a group of three shares the partitions, and two take over when one leaves", async () => {
      await using clients = await session(uniqueName("shared"), 6);
      const groupId = uniqueName("three");
      const readers = await Promise.all([1, 2, 3].map(() => clients.consumer({ groupId }, clients.topic)));
      const shares = (members: typeof readers) => members.map(({ assignment }) => assignment?.length);
      const partitions = (members: typeof readers) => members.flatMap(({ assignment }) => assignment ?? []).sort();
      await vi.waitFor(() => expect(shares(readers)).toEqual([2, 2, 2]), soon);
      expect(partitions(readers)).toEqual([0, 1, 2, 3, 4, 5]);

      const producer = await clients.producer();
      const send = (from: number) =>
        producer.send({
          topic: clients.topic,
          messages: Array.from({ length: 60 }, (_, i) => ({ value: String(from + i), partition: i % 6 })),
        });
      await send(0);
      await Promise.all(readers.map((reader) => reader.until(20)));

      await readers[0]!.close();
      const rest = readers.slice(1);
      await vi.waitFor(() => expect(shares(rest)).toEqual([3, 3]), soon);
      expect(partitions(rest)).toEqual([0, 1, 2, 3, 4, 5]);
      await send(60);
      const values = () => new Set(readers.flatMap(({ received }) => received.map(({ value }) => Number(value))));
      await vi.waitFor(() => expect(values().size).toBe(120), soon);
    });

    test("a group resumes where it has committed", async () => {
      await using clients = await session(uniqueName("resumed"));
      const groupId = uniqueName("resumed");
      const producer = await clients.producer();
      await producer.send({
        topic: clients.topic,
        messages: Array.from({ length: 10 }, (_, i) => ({ value: String(i) })),
      });
      const first = await clients.consumer({ groupId }, clients.topic, { autoCommit: false });
      await first.until(10);
      await first.consumer.commitOffsets([{ topic: clients.topic, partition: 0, offset: "4", metadata: "half way" }]);
      await first.close();
      expect(await clients.adminClient.fetchOffsets({ groupId, topics: [clients.topic] })).toEqual([
        { topic: clients.topic, partitions: [{ partition: 0, offset: "4", metadata: "half way" }] },
      ]);
      const second = await clients.consumer({ groupId }, clients.topic);
      expect((await second.until(6)).map(({ value }) => value)).toEqual(["4", "5", "6", "7", "8", "9"]);
    });

    test("offsets are found by time", async () => {
      await using clients = await session(uniqueName("timed"));
      const producer = await clients.producer();
      for (const timestamp of [1_000, 2_000, 3_000]) {
        await producer.send({ topic: clients.topic, messages: [{ value: "x", timestamp: String(timestamp) }] });
      }
      const offsetAt = async (timestamp: number) =>
        (await clients.adminClient.fetchTopicOffsetsByTimestamp(clients.topic, timestamp))[0]!.offset;
      expect(await Promise.all([500, 1_000, 1_001, 3_000, 3_001].map(offsetAt))).toEqual(["0", "0", "1", "2", "3"]);
      expect(await clients.adminClient.fetchTopicOffsets(clients.topic)).toEqual([
        { partition: 0, offset: "3", high: "3", low: "0" },
      ]);
    });

    test("configs of topic and broker are described and altered", async () => {
      await using clients = await session(uniqueName("configured"));
      const { topic, adminClient } = clients;
      const describeConfig = async (type: number, name: string, key: string) => {
        const { resources } = await adminClient.describeConfigs({
          includeSynonyms: false,
          resources: [{ type, name, configNames: [key] }],
        });
        return resources[0]!.configEntries.find(({ configName }) => configName === key);
      };
      expect(await describeConfig(ConfigResourceTypes.TOPIC, topic, "retention.ms")).toMatchObject({
        configValue: "604800000",
        isDefault: true,
      });
      await adminClient.alterConfigs({
        validateOnly: false,
        resources: [
          { type: ConfigResourceTypes.TOPIC, name: topic, configEntries: [{ name: "retention.ms", value: "60000" }] },
        ],
      });
      const altered = () => describeConfig(ConfigResourceTypes.TOPIC, topic, "retention.ms");
      await vi.waitFor(
        async () => expect(await altered()).toMatchObject({ configValue: "60000", isDefault: false }),
        soon,
      );
      await expect(
        adminClient.alterConfigs({
          validateOnly: true,
          resources: [
            { type: ConfigResourceTypes.TOPIC, name: topic, configEntries: [{ name: "retention.ms", value: "soon" }] },
          ],
        }),
      ).rejects.toMatchObject({ type: "INVALID_CONFIG" });
      expect(await describeConfig(ConfigResourceTypes.BROKER, "1", "num.partitions")).toMatchObject({
        configValue: "1",
      });
    });

    test("partitions are added, records deleted", async () => {
      await using clients = await session(uniqueName("grown"));
      const { topic, adminClient } = clients;
      await adminClient.createPartitions({ topicPartitions: [{ topic, count: 4 }] });
      await vi.waitFor(async () => {
        const { topics } = await adminClient.fetchTopicMetadata({ topics: [topic] });
        expect(topics[0]!.partitions).toHaveLength(4);
      }, soon);
      const producer = await clients.producer();
      await producer.send({
        topic,
        messages: Array.from({ length: 10 }, (_, i) => ({ value: String(i), partition: 0 })),
      });
      // Of partitions just added, the leader may not know yet; deleting records asks for the offsets of all, too.
      await vi.waitFor(() => adminClient.fetchTopicOffsets(topic), soon);
      await adminClient.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: "7" }] });
      const offsets = await adminClient.fetchTopicOffsets(topic);
      expect(offsets.find(({ partition }) => partition === 0)).toMatchObject({ low: "7", high: "10" });
      const reader = await clients.consumer({ groupId: uniqueName("grown") }, topic);
      expect((await reader.until(3)).map(({ value }) => value)).toEqual(["7", "8", "9"]);
    });

    test("groups are listed, described and deleted", async () => {
      await using clients = await session(uniqueName("grouped"));
      const { topic, adminClient } = clients;
      const groupId = uniqueName("described");
      const producer = await clients.producer();
      await producer.send({ topic, messages: [{ value: "one" }] });
      const reader = await clients.consumer({ groupId }, topic);
      await reader.until(1);
      expect((await adminClient.listGroups()).groups).toContainEqual({ groupId, protocolType: "consumer" });
      const { groups } = await adminClient.describeGroups([groupId]);
      expect(groups[0]).toMatchObject({
        groupId,
        state: "Stable",
        protocol: "RoundRobinAssigner",
        protocolType: "consumer",
      });
      expect(groups[0]!.members).toMatchObject([{ clientId: "kafkajs-suite" }]);
      await expect(adminClient.deleteGroups([groupId])).rejects.toMatchObject({ groups: [{ groupId, errorCode: 68 }] });
      await reader.close();
      await adminClient.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: "0" }] });
      expect(await adminClient.fetchOffsets({ groupId, topics: [topic] })).toMatchObject([
        { partitions: [{ partition: 0, offset: "0" }] },
      ]);
      expect(await adminClient.deleteGroups([groupId])).toMatchObject([{ groupId, errorCode: 0 }]);
      expect((await adminClient.listGroups()).groups.map((group) => group.groupId)).not.toContain(groupId);
    });

    test("the cluster has one broker, which is the controller", async () => {
      await using clients = new KafkajsSession(broker.bootstrap);
      const cluster = await (await clients.admin()).describeCluster();
      expect(cluster).toMatchObject({ controller: 1, brokers: [{ nodeId: 1, host: broker.host, port: broker.port }] });
      expect(cluster.clusterId).toMatch(/^[\w-]{22}$/);
    });

    test("topics, records, configs and committed offsets are there after a restart", async () => {
      const groupId = uniqueName("survivor");
      const topic = uniqueName("survivor");
      {
        await using clients = await session(topic, 2);
        const producer = await clients.producer();
        await producer.send({
          topic,
          messages: Array.from({ length: 100 }, (_, i) => ({ value: String(i), partition: i % 2 })),
        });
        const reader = await clients.consumer({ groupId }, topic, { autoCommit: false });
        await reader.until(100);
        await reader.consumer.commitOffsets([0, 1].map((partition) => ({ topic, partition, offset: "30" })));
      }
      await broker.restart();
      await using clients = new KafkajsSession(broker.bootstrap);
      const producer = await clients.producer();
      await producer.send({ topic, messages: [{ value: "after", partition: 1 }] });
      const reader = await clients.consumer({ groupId }, topic);
      const received = await reader.until(41);
      const values = received.map(({ value }) => value).sort();
      expect(values).toEqual([...Array.from({ length: 40 }, (_, i) => String(60 + i)), "after"].sort());
    });
  });
}
