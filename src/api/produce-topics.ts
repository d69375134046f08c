import { ErrorCode } from "../protocol/error-codes.ts";
import type { ProduceRequest } from "../protocol/messages/produce.ts";
import type { Infer } from "../protocol/schema.ts";

type RequestTopic = Infer<typeof ProduceRequest>["topicData"][number];
type RequestPartition = RequestTopic["partitionData"][number];

/** A partition to append to, once. */
export interface ProducePartition extends RequestPartition {
  /** What was wrong with other records for it: they are not appended, and the answer is about them. */
  readonly otherProblem?: number;
}

export interface ProduceTopic extends Omit<RequestTopic, "partitionData"> {
  readonly partitionData: readonly ProducePartition[];
}

/**
 * What a request names more than once counts once, as with Apache Kafka: a topic has one place in the answer, and so has a
 * partition, of whose records the last sound ones are taken. `problemOf` tells what is wrong with records by themselves.
 */
export function eachOnce(
  topics: readonly RequestTopic[],
  problemOf: (records: Uint8Array | null) => number,
): readonly ProduceTopic[] {
  const isRepeated = repeats(topics, keyOf) || topics.some(({ partitionData }) => repeats(partitionData, indexOf));
  if (!isRepeated) return topics;
  const merged = new Map<string, { topic: RequestTopic; partitions: Map<number, ProducePartition> }>();
  for (const topic of topics) {
    const place = merged.get(keyOf(topic)) ?? { topic, partitions: new Map() };
    merged.set(keyOf(topic), place);
    for (const partition of topic.partitionData) {
      const { index } = partition;
      place.partitions.set(index, withEarlier(place.partitions.get(index), partition, problemOf));
    }
  }
  return Array.from(merged.values(), ({ topic, partitions }) => ({
    ...topic,
    partitionData: [...partitions.values()],
  }));
}

function withEarlier(
  earlier: ProducePartition | undefined,
  next: RequestPartition,
  problemOf: (records: Uint8Array | null) => number,
): ProducePartition {
  if (earlier === undefined) return next;
  const nextProblem = problemOf(next.records);
  const earlierProblem = problemOf(earlier.records);
  const taken = nextProblem !== ErrorCode.NONE && earlierProblem === ErrorCode.NONE ? earlier : next;
  return { ...taken, otherProblem: nextProblem || earlierProblem || earlier.otherProblem || ErrorCode.NONE };
}

function repeats<T, K>(all: readonly T[], key: (each: T) => K): boolean {
  return all.length > 1 && new Set(all.map(key)).size < all.length;
}

/** Every version leaves one of the two blank. */
const keyOf = ({ name, topicId }: RequestTopic): string => `${topicId} ${name}`;
const indexOf = ({ index }: RequestPartition): number => index;
