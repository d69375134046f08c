import { createRuntime } from "#adapter";
import { CreateTopicsRequest } from "../../../src/protocol/messages/create-topics.ts";
import type { FetchRequest } from "../../../src/protocol/messages/fetch.ts";
import { MetadataRequest, MetadataResponse } from "../../../src/protocol/messages/metadata.ts";
import { ProduceRequest } from "../../../src/protocol/messages/produce.ts";
import type { Input } from "../../../src/protocol/schema.ts";
import { ZERO_UUID } from "../../../src/protocol/uuid.ts";
import { type BatchInput, buildBatch } from "../../../src/record/batch-builder.ts";
import { applied } from "./applied.ts";
import type { Transcript } from "./scenario.ts";

const runtime = createRuntime();
/** The timestamp of a batch's first record. */
export const START_MS = 1_700_000_000_000;
const encoder = new TextEncoder();

/** Records with the same content on both brokers, so that what they store can be compared byte for byte. */
export function batch(count: number, options: Partial<BatchInput> = {}): Uint8Array {
  const records = Array.from({ length: count }, (_, index) => ({
    timestamp: START_MS + index * 10,
    key: encoder.encode(`key-${index}`),
    value: encoder.encode(`value-${index}`),
    headers: [{ key: "header", value: encoder.encode(String(index)) }],
  }));
  return buildBatch({ records, ...options }, runtime);
}

export async function createTopic(transcript: Transcript, name: string, configs: Record<string, string> = {}) {
  await transcript.connection.ask(CreateTopicsRequest, 7, {
    topics: [
      {
        name,
        numPartitions: 2,
        replicationFactor: 1,
        assignments: [],
        // The records are old, and Apache Kafka would start to delete them in the middle of a run.
        configs: Object.entries({ "retention.ms": "-1", ...configs }).map(([key, value]) => ({ name: key, value })),
      },
    ],
    timeoutMs: 10_000,
  });
  await applied(transcript.connection);
}

export async function topicIdOf(transcript: Transcript, name: string): Promise<string> {
  const { topics } = await transcript.call("topic id", MetadataRequest, MetadataResponse, 12, {
    topics: [{ name }],
    allowAutoTopicCreation: false,
  });
  return topics[0]!.topicId;
}

type PartitionData = Input<typeof ProduceRequest>["topicData"][number]["partitionData"][number];

export function produce(
  transcript: Transcript,
  step: string,
  name: string,
  partitionData: PartitionData[],
  { version = 12, acks = -1, topicId = ZERO_UUID, transactionalId = null as string | null } = {},
) {
  const topic = version >= 13 ? { topicId, partitionData } : { name, partitionData };
  return transcript.ask(step, ProduceRequest, version, { transactionalId, acks, timeoutMs: 5_000, topicData: [topic] });
}

export type FetchPartition = Input<typeof FetchRequest>["topics"][number]["partitions"][number];
export const fetchPartition = (
  partition: number,
  fetchOffset: number,
  more: Partial<FetchPartition> = {},
): FetchPartition => ({
  partition,
  fetchOffset,
  partitionMaxBytes: 1 << 20,
  ...more,
});

export function fetchBody(
  name: string,
  topicId: string,
  version: number,
  partitions: FetchPartition[],
): Input<typeof FetchRequest> {
  return {
    maxWaitMs: 100,
    minBytes: 1,
    maxBytes: 1 << 20,
    topics: [version >= 13 ? { topicId, partitions } : { topic: name, partitions }],
  };
}
