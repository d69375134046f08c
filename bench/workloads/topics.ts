import type { BrokerUnderTest } from "../../test/clients/broker-under-test.ts";
import { uniqueName } from "../../test/clients/topic-names.ts";
import { ByteWriter } from "../../test/clients/wire/byte-writer.ts";
import { WireConnection } from "../../test/clients/wire/connection.ts";

const limitMs = 120_000;
const deleteTopicsKey = 20;

/** What was deleted leaves the page cache and the disk to the next run at once. */
const deletedAtOnce = { "file.delete.delay.ms": "0" };

type TopicConfigs = Readonly<Record<string, string>>;

/** Resolves when its leaders take records. */
export async function createTopic(
  broker: BrokerUnderTest,
  partitions: number,
  configs: TopicConfigs = {},
): Promise<string> {
  const topic = uniqueName("bench");
  const connection = await WireConnection.open(broker.host, broker.port, limitMs);
  await connection.createReadyTopic(topic, partitions, { ...deletedAtOnce, ...configs });
  connection.close();
  return topic;
}

export async function deleteTopics(broker: BrokerUnderTest, topics: readonly string[]): Promise<void> {
  const connection = await WireConnection.open(broker.host, broker.port, limitMs);
  for (const topic of topics) {
    const body = new ByteWriter().array([topic], (writer, name) => writer.string(name)).int32(limitMs);
    await connection.request(deleteTopicsKey, 1, body.finish());
  }
  connection.close();
}

/** A topic for one run; it is gone after it. */
export async function withTopic<T>(
  broker: BrokerUnderTest,
  partitions: number,
  use: (topic: string) => Promise<T>,
  configs?: TopicConfigs,
): Promise<T> {
  const topic = await createTopic(broker, partitions, configs);
  try {
    return await use(topic);
  } finally {
    await deleteTopics(broker, [topic]);
  }
}
