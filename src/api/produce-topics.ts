import type { ProduceRequest } from "../protocol/messages/produce.ts";
import type { Infer } from "../protocol/schema.ts";

export type ProduceTopic = Infer<typeof ProduceRequest>["topicData"][number];
type PartitionData = ProduceTopic["partitionData"][number];

/**
 * What a request names more than once counts once, as with Apache Kafka: a topic has one place in the answer, and so has a
 * partition, of whose records the last ones are taken.
 */
export function eachOnce(topics: readonly ProduceTopic[]): readonly ProduceTopic[] {
  const isRepeated = repeats(topics, keyOf) || topics.some(({ partitionData }) => repeats(partitionData, indexOf));
  if (!isRepeated) return topics;
  const merged = new Map<string, { topic: ProduceTopic; partitions: Map<number, PartitionData> }>();
  for (const topic of topics) {
    const place = merged.get(keyOf(topic)) ?? { topic, partitions: new Map() };
    merged.set(keyOf(topic), place);
    for (const partition of topic.partitionData) place.partitions.set(partition.index, partition);
  }
  return Array.from(merged.values(), ({ topic, partitions }) => ({
    ...topic,
    partitionData: [...partitions.values()],
  }));
}

function repeats<T, K>(all: readonly T[], key: (each: T) => K): boolean {
  return all.length > 1 && new Set(all.map(key)).size < all.length;
}

/** Every version leaves one of the two blank. */
const keyOf = ({ name, topicId }: ProduceTopic): string => `${topicId} ${name}`;
const indexOf = ({ index }: PartitionData): number => index;
