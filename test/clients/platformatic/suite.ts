import {
  type Admin,
  CompressionAlgorithms,
  ConfigResourceTypes,
  IncrementalAlterConfigOperationTypes,
  ListOffsetTimestamps,
  ProduceAcks,
} from "@platformatic/kafka";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { soon } from "../../patience.ts";
import type { BrokerUnderTest, Target } from "../broker-under-test.ts";
import { uniqueName } from "../topic-names.ts";
import { PlatformaticSession } from "./session.ts";

/** What a user of @platformatic/kafka does with a broker; its requests are the flexible versions that kafkajs has not. */
export function platformaticSuite(target: Target): void {
  describe(`@platformatic/kafka with ${target.name}`, () => {
    let broker: BrokerUnderTest;
    beforeAll(async () => {
      broker = await target.start();
    });
    afterAll(() => broker?.dispose());

    async function session(topic: string, partitions = 1) {
      const clients = new PlatformaticSession(broker.bootstrap);
      const admin = clients.admin();
      await admin.createTopics({ topics: [topic], partitions, replicas: 1 });
      return Object.assign(clients, { topic, adminClient: admin });
    }

    test("a topic is created with an id and the configs asked for, and deleted", async () => {
      await using clients = new PlatformaticSession(broker.bootstrap);
      const admin = clients.admin();
      const topic = uniqueName("created");
      const [created] = await admin.createTopics({
        topics: [topic],
        partitions: 3,
        replicas: 1,
        configs: [{ name: "cleanup.policy", value: "compact" }],
      });
      expect(created).toMatchObject({
        name: topic,
        partitions: 3,
        replicas: 1,
        configuration: { "cleanup.policy": "compact", "segment.bytes": "1073741824" },
      });
      expect(created!.id).toMatch(/^[0-9a-f-]{36}$/);
      await expect(admin.createTopics({ topics: [topic], partitions: 1, replicas: 1 })).rejects.toSatisfy(
        namesError("TOPIC_ALREADY_EXISTS"),
      );
      expect(await admin.listTopics()).toContain(topic);
      await admin.deleteTopics({ topics: [topic] });
      await vi.waitFor(async () => expect(await admin.listTopics()).not.toContain(topic), soon);
    });

    test("a replication factor the cluster cannot give is refused", async () => {
      await using clients = new PlatformaticSession(broker.bootstrap);
      await expect(
        clients.admin().createTopics({ topics: [uniqueName("replicas")], partitions: 1, replicas: 3 }),
      ).rejects.toSatisfy(namesError("INVALID_REPLICATION_FACTOR"));
    });

    describe.for(Object.values(CompressionAlgorithms))("records compressed with %s", (compression) => {
      test.for(Object.entries(ProduceAcks))("arrive as they were sent with acks %s", async ([, acks]) => {
        await using clients = await session(uniqueName("codec"));
        const producer = clients.producer({ compression, acks });
        const messages = Array.from({ length: 200 }, (_, i) => ({
          key: `key-${i}`,
          value: `value ${i} ${"compressible ".repeat(i % 20)}`,
          headers: { n: String(i) },
        }));
        await producer.send({ messages: messages.map((message) => ({ topic: clients.topic, ...message })) });
        const reader = await clients.reader({ groupId: uniqueName("codec") }, clients.topic);
        const received = await reader.until(messages.length);
        expect(
          received.map(({ key, value, headers }) => ({ key, value, headers: Object.fromEntries(headers) })),
        ).toEqual(messages);
        expect(received.map(({ offset }) => Number(offset))).toEqual(messages.map((_, i) => i));
      });
    });

    test("a tombstone is not an empty value, no key is not an empty key", async () => {
      await using clients = await session(uniqueName("shapes"));
      const producer = clients.producer();
      const messages = [
        { value: "no key" },
        { key: "tombstone" },
        { key: "", value: "" },
        { key: "ключ 🔑", value: "значение" },
      ];
      await producer.send({ messages: messages.map((message) => ({ topic: clients.topic, ...message })) });
      const reader = await clients.reader({ groupId: uniqueName("shapes") }, clients.topic);
      const received = await reader.until(messages.length);
      expect(received.map(({ key, value }) => [key ?? null, value ?? null])).toEqual(
        messages.map(({ key, value }) => [key ?? null, value ?? null]),
      );
    });

    test("a record of a megabyte arrives whole", async () => {
      await using clients = await session(uniqueName("large"));
      const value = "0123456789abcdef".repeat(62_500);
      await clients.producer().send({ messages: [{ topic: clients.topic, value }] });
      const reader = await clients.reader({ groupId: uniqueName("large") }, clients.topic);
      expect((await reader.until(1))[0]!.value).toBe(value);
    });

    test("an idempotent producer's batches are appended in order, each once", async () => {
      await using clients = await session(uniqueName("idempotent"));
      const producer = clients.producer({ idempotent: true, acks: ProduceAcks.ALL });
      for (let batch = 0; batch < 30; batch++)
        await producer.send({ messages: [0, 1, 2].map((i) => ({ topic: clients.topic, value: `${batch}.${i}` })) });
      const reader = await clients.reader({ groupId: uniqueName("idempotent") }, clients.topic);
      const received = await reader.until(90);
      expect(received.map(({ value }) => value)).toEqual(
        Array.from({ length: 90 }, (_, i) => `${Math.floor(i / 3)}.${i % 3}`),
      );
    });

    test("a group of three shares the partitions, and two take over when one leaves", async () => {
      await using clients = await session(uniqueName("shared"), 6);
      const groupId = uniqueName("three");
      const readers = await Promise.all([1, 2, 3].map(() => clients.reader({ groupId }, clients.topic)));
      const shares = (members: typeof readers) => members.map((reader) => reader.partitions().length);
      await vi.waitFor(() => expect(shares(readers)).toEqual([2, 2, 2]), soon);
      const producer = clients.producer();
      const send = (from: number) =>
        producer.send({
          messages: Array.from({ length: 60 }, (_, i) => ({
            topic: clients.topic,
            value: String(from + i),
            partition: i % 6,
          })),
        });
      await send(0);
      await Promise.all(readers.map((reader) => reader.until(20)));
      await readers[0]!.consumer.close(true);
      const rest = readers.slice(1);
      await vi.waitFor(() => expect(shares(rest)).toEqual([3, 3]), soon);
      await send(60);
      const values = () => new Set(readers.flatMap(({ received }) => received.map(({ value }) => Number(value))));
      await vi.waitFor(() => expect(values().size).toBe(120), soon);
    });

    test("a static member gets its partitions back without a rebalance", async () => {
      await using clients = await session(uniqueName("static"), 4);
      const groupId = uniqueName("static");
      const stays = await clients.reader({ groupId, groupInstanceId: "stays" }, clients.topic);
      const returns = await clients.reader({ groupId, groupInstanceId: "returns" }, clients.topic);
      await vi.waitFor(() => expect([stays.partitions().length, returns.partitions().length]).toEqual([2, 2]), soon);
      const [partitions, generation] = [returns.partitions(), stays.consumer.generationId];

      const group = async (admin: Admin) => (await admin.describeGroups({ groups: [groupId] })).get(groupId)!;
      const memberOf = async (instance: string) =>
        [...(await group(clients.adminClient)).members.values()].find((m) => m.groupInstanceId === instance);
      const before = await memberOf("returns");
      const again = await clients.reader({ groupId, groupInstanceId: "returns" }, clients.topic);
      await vi.waitFor(() => expect(again.partitions()).toEqual(partitions), soon);
      expect(again.consumer.generationId).toBe(generation);
      expect(stays.consumer.generationId).toBe(generation);
      expect((await memberOf("returns"))!.id).not.toBe(before!.id);
    });

    test("a group resumes where it has committed", async () => {
      await using clients = await session(uniqueName("resumed"));
      const groupId = uniqueName("resumed");
      await clients
        .producer()
        .send({ messages: Array.from({ length: 10 }, (_, i) => ({ topic: clients.topic, value: String(i) })) });
      const first = await clients.reader({ groupId }, clients.topic);
      const received = await first.until(10);
      await received[3]!.commit();
      await first.consumer.close(true);
      const [group] = await clients.adminClient.listConsumerGroupOffsets({ groups: [groupId] });
      expect(group!.topics).toMatchObject([
        { name: clients.topic, partitions: [{ partitionIndex: 0, committedOffset: 4n }] },
      ]);
      const second = await clients.reader({ groupId }, clients.topic);
      expect((await second.until(6)).map(({ value }) => value)).toEqual(["4", "5", "6", "7", "8", "9"]);
    });

    test("offsets are found by time, at both ends, and at the largest timestamp", async () => {
      await using clients = await session(uniqueName("timed"));
      const producer = clients.producer();
      for (const timestamp of [1_000n, 3_000n, 2_000n])
        await producer.send({ messages: [{ topic: clients.topic, value: "x", timestamp }] });
      const offsetAt = async (timestamp: bigint) => {
        const topics = await clients.adminClient.listOffsets({
          topics: [{ name: clients.topic, partitions: [{ partitionIndex: 0, timestamp }] }],
        });
        return topics[0]!.partitions[0]!.offset;
      };
      const { EARLIEST, LATEST, MAX } = ListOffsetTimestamps;
      expect(await Promise.all([500n, 1_001n, 3_001n, EARLIEST, LATEST, MAX].map(offsetAt))).toEqual([
        0n,
        1n,
        -1n,
        0n,
        3n,
        1n,
      ]);
    });

    test("configs are described with source and documentation, and altered one by one", async () => {
      await using clients = await session(uniqueName("configured"));
      const { topic, adminClient } = clients;
      const describeConfig = async (key: string) => {
        const [resource] = await adminClient.describeConfigs({
          resources: [{ resourceType: ConfigResourceTypes.TOPIC, resourceName: topic, configurationKeys: [key] }],
          includeSynonyms: true,
          includeDocumentation: true,
        });
        return resource!.configs[0]!;
      };
      const alter = (configs: { name: string; configOperation: 0 | 2; value: string }[]) =>
        adminClient.incrementalAlterConfigs({
          resources: [{ resourceType: ConfigResourceTypes.TOPIC, resourceName: topic, configs }],
        });
      const { SET, APPEND } = IncrementalAlterConfigOperationTypes;
      const retention = await describeConfig("retention.ms");
      expect(retention).toMatchObject({ value: "604800000", readOnly: false, isSensitive: false });
      expect(retention.documentation).toBeTruthy();
      await alter([{ name: "retention.ms", configOperation: SET, value: "60000" }]);
      await alter([{ name: "cleanup.policy", configOperation: APPEND, value: "compact" }]);
      await vi.waitFor(
        async () => expect(await describeConfig("cleanup.policy")).toMatchObject({ value: "delete,compact" }),
        soon,
      );
      expect(await describeConfig("retention.ms")).toMatchObject({
        value: "60000",
        synonyms: [{ name: "retention.ms", value: "60000" }],
      });
      await expect(alter([{ name: "no.such.config", configOperation: SET, value: "1" }])).rejects.toSatisfy(
        namesError("INVALID_CONFIG"),
      );
      await adminClient.incrementalAlterConfigs({
        resources: [
          {
            resourceType: ConfigResourceTypes.TOPIC,
            resourceName: topic,
            configs: [{ name: "retention.ms", configOperation: IncrementalAlterConfigOperationTypes.DELETE }],
          },
        ],
      });
      await vi.waitFor(
        async () => expect(await describeConfig("retention.ms")).toMatchObject({ value: "604800000" }),
        soon,
      );
    });

    test("partitions are added, records deleted, log directories described", async () => {
      await using clients = await session(uniqueName("grown"));
      const { topic, adminClient } = clients;
      await adminClient.createPartitions({
        topics: [{ name: topic, count: 4, assignments: [1, 2, 3].map(() => ({ brokerIds: [1] })) }],
      });
      await clients
        .producer()
        .send({ messages: Array.from({ length: 10 }, (_, i) => ({ topic, value: String(i), partition: 0 })) });
      const deleted = await adminClient.deleteRecords({
        topics: [{ name: topic, partitions: [{ partition: 0, offset: 7n }] }],
      });
      expect(deleted).toEqual([{ name: topic, partitions: [{ partition: 0, lowWatermark: 7n }] }]);
      const reader = await clients.reader({ groupId: uniqueName("grown") }, topic);
      expect((await reader.until(3)).map(({ value }) => value)).toEqual(["7", "8", "9"]);
      const [directories] = await adminClient.describeLogDirs({ topics: [{ name: topic, partitions: [0, 1, 2, 3] }] });
      const described = directories!.results[0]!.topics.find(({ name }) => name === topic)!;
      expect(described.partitions.map(({ partitionIndex }) => partitionIndex).sort()).toEqual([0, 1, 2, 3]);
    });

    test("groups are listed, described and deleted, single offsets too", async () => {
      await using clients = await session(uniqueName("grouped"));
      const { topic, adminClient } = clients;
      const groupId = uniqueName("described");
      await clients.producer().send({ messages: [{ topic, value: "one" }] });
      const reader = await clients.reader({ groupId }, topic);
      await (await reader.until(1))[0]!.commit();
      expect((await adminClient.listGroups()).get(groupId)).toMatchObject({
        id: groupId,
        protocolType: "consumer",
        groupType: "classic",
      });
      const group = (await adminClient.describeGroups({ groups: [groupId] })).get(groupId)!;
      expect(group).toMatchObject({ id: groupId, state: "Stable", protocolType: "consumer" });
      expect([...group.members.values()]).toMatchObject([{ clientId: "platformatic-suite" }]);
      await expect(adminClient.deleteGroups({ groups: [groupId] })).rejects.toSatisfy(namesError("NON_EMPTY_GROUP"));
      await reader.consumer.close(true);
      await adminClient.deleteConsumerGroupOffsets({ groupId, topics: [{ name: topic, partitionIndexes: [0] }] });
      await adminClient.alterConsumerGroupOffsets({
        groupId,
        topics: [{ name: topic, partitionOffsets: [{ partition: 0, offset: 0n }] }],
      });
      await adminClient.deleteGroups({ groups: [groupId] });
      expect((await adminClient.listGroups()).has(groupId)).toBe(false);
    });

    test("topics, records, configs and committed offsets are there after a restart", async () => {
      const groupId = uniqueName("survivor");
      const topic = uniqueName("survivor");
      {
        await using clients = await session(topic);
        await clients
          .producer()
          .send({ messages: Array.from({ length: 100 }, (_, i) => ({ topic, value: String(i) })) });
        const reader = await clients.reader({ groupId }, topic);
        await (await reader.until(100))[59]!.commit();
      }
      await broker.restart();
      await using clients = new PlatformaticSession(broker.bootstrap);
      await clients.producer().send({ messages: [{ topic, value: "after" }] });
      const reader = await clients.reader({ groupId }, topic);
      expect((await reader.until(41)).map(({ value }) => value)).toEqual([
        ...Array.from({ length: 40 }, (_, i) => String(60 + i)),
        "after",
      ]);
    });
  });
}

/** The library nests Kafka's errors; somewhere inside must be the one expected. */
function namesError(apiId: string): (error: unknown) => boolean {
  return function names(error: unknown): boolean {
    if (typeof error !== "object" || error === null) return false;
    const { apiId: own, errors, cause } = error as { apiId?: string; errors?: unknown[]; cause?: unknown };
    return own === apiId || (errors ?? []).some(names) || names(cause);
  };
}
