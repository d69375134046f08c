// @confluentinc/kafka-javascript: librdkafka in Node, by its KafkaJS-like interface. Runs on whatever Node its addon was
// built for, so it is plain JavaScript. A command a line on stdin, an answer a line on stdout, both JSON.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [, , bootstrap, packageDirectory] = process.argv;
const { Kafka } = createRequire(`${packageDirectory}/`)("@confluentinc/kafka-javascript").KafkaJS;

const kafka = new Kafka({ "bootstrap.servers": bootstrap, log_level: 0 });
const received = [];
let consumer;

const text = (value) => (value === null || value === undefined ? null : value.toString());

async function withAdmin(work) {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

const commands = {
  async produce({ topic, records, codec = "none", acks = -1, idempotent = false }) {
    const producer = kafka.producer({
      "compression.type": codec,
      acks,
      "enable.idempotence": idempotent,
      "message.max.bytes": 10_000_000,
      "message.timeout.ms": 60_000,
      "linger.ms": 20,
    });
    await producer.connect();
    const messages = records.map(({ key, value, headers = [], partition, timestamp }) => ({
      key: key ?? null,
      value: value ?? null,
      headers: Object.fromEntries(headers),
      ...(partition === undefined ? {} : { partition }),
      ...(timestamp === undefined ? {} : { timestamp: String(timestamp) }),
    }));
    try {
      await producer.send({ topic, messages });
      return [];
    } catch (error) {
      return [error.type ?? error.message];
    } finally {
      await producer.disconnect();
    }
  },

  async join({ group, topic, instance, assignor = "range" }) {
    consumer = kafka.consumer({
      "group.id": group,
      "auto.offset.reset": "earliest",
      "enable.auto.commit": false,
      "session.timeout.ms": 10_000,
      "heartbeat.interval.ms": 300,
      "partition.assignment.strategy": assignor,
      "fetch.wait.max.ms": 100,
      ...(instance ? { "group.instance.id": instance } : {}),
    });
    await consumer.connect();
    await consumer.subscribe({ topics: [topic] });
    await consumer.run({
      eachMessage: async ({ partition, message }) => {
        received.push({
          partition,
          offset: Number(message.offset),
          timestamp: Number(message.timestamp),
          key: text(message.key),
          value: text(message.value),
          headers: Object.entries(message.headers ?? {}).map(([name, value]) => [name, text(value)]),
        });
      },
    });
  },

  state: async () => ({ assignment: consumer.assignment().map(({ partition }) => partition).sort(), count: received.length }),
  take: async () => received,
  commit: ({ topic, partition, offset }) => consumer.commitOffsets([{ topic, partition, offset: String(offset) }]),
  leave: () => consumer.disconnect(),

  create_topic: ({ topic, partitions = 1, configs = {} }) =>
    withAdmin((admin) =>
      admin.createTopics({
        topics: [{ topic, numPartitions: partitions, configEntries: Object.entries(configs).map(([name, value]) => ({ name, value })) }],
      }),
    ),
  delete_topic: ({ topic }) => withAdmin((admin) => admin.deleteTopics({ topics: [topic] })),
  delete_records: ({ topic, partition, offset }) =>
    withAdmin(async (admin) => {
      const [deleted] = await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(offset) }] });
      return Number(deleted.lowWatermark);
    }),
  offset_for_time: ({ topic, partition, timestamp }) =>
    withAdmin(async (admin) => {
      const offsets = await admin.fetchTopicOffsetsByTimestamp(topic, timestamp);
      return Number(offsets.find((found) => found.partition === partition).offset);
    }),
  partition_count: ({ topic }) =>
    withAdmin(async (admin) => {
      const metadata = await admin.fetchTopicMetadata({ topics: [topic] });
      return (metadata.topics ?? metadata)[0].partitions.length;
    }),
  list_groups: () => withAdmin(async (admin) => (await admin.listGroups()).groups.map(({ groupId }) => groupId)),
  describe_group: ({ group }) =>
    withAdmin(async (admin) => {
      const { groups } = await admin.describeGroups([group]);
      const names = ["Unknown", "PreparingRebalance", "CompletingRebalance", "Stable", "Dead", "Empty"];
      return { state: names[groups[0].state], members: groups[0].members.length };
    }),
  committed_offset: ({ group, topic, partition }) =>
    withAdmin(async (admin) => {
      const [found] = await admin.fetchOffsets({ groupId: group, topics: [{ topic, partitions: [partition] }] });
      return Number(found.partitions[0].offset);
    }),
  delete_group: ({ group }) => withAdmin((admin) => admin.deleteGroups([group])),
};

const lines = createInterface({ input: process.stdin });
lines.on("line", async (line) => {
  const { id, do: name, with: options } = JSON.parse(line);
  let answer;
  try {
    answer = { ok: (await commands[name](options)) ?? null };
  } catch (error) {
    const errors = [error, ...(error.errors ?? [])];
    answer = { error: errors.map(({ type, name, message }) => `${type ?? name}: ${message}`).join("; ") };
  }
  process.stdout.write(`${JSON.stringify({ id, ...answer })}\n`);
});
lines.on("close", () => process.exit(0));
