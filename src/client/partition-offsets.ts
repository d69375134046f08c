import { ErrorCode } from "../protocol/error-codes.ts";
import { ListOffsetsRequest, ListOffsetsResponse } from "../protocol/messages/list-offsets.ts";
import { BrokerError } from "./client-error.ts";
import type { ClusterClient, TopicMetadata } from "./cluster-client.ts";
import { groupedBy } from "./grouped-by.ts";

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** As in messages, `orders:0`; a topic's name has no colon. */
export function partitionName({ topic, partition }: TopicPartition): string {
  return `${topic}:${partition}`;
}

/**
 * By {@link partitionName}: the offsets of a timestamp, as the leaders tell them; -1 where no record is that young. What does not
 * exist, or has no leader, is left out.
 */
export function listOffsets(
  client: ClusterClient,
  partitions: readonly TopicPartition[],
  timestamp: number,
): Promise<ReadonlyMap<string, number>> {
  return client.retry(async () => {
    const leaders = leadersOf(await client.topics());
    const byLeader = groupedBy(partitions, (partition) => leaders.get(partitionName(partition)) ?? -1);
    byLeader.delete(-1);
    const answers = [...byLeader].map(([leaderId, asked]) => askLeader(client, leaderId, asked, timestamp));
    return new Map((await Promise.all(answers)).flat());
  });
}

function leadersOf(topics: readonly TopicMetadata[]): ReadonlyMap<string, number> {
  const leaders = new Map<string, number>();
  for (const { name, partitions } of topics) {
    for (const { id, leaderId } of partitions) leaders.set(partitionName({ topic: name, partition: id }), leaderId);
  }
  return leaders;
}

async function askLeader(
  client: ClusterClient,
  leaderId: number,
  asked: readonly TopicPartition[],
  timestamp: number,
): Promise<(readonly [string, number])[]> {
  const leader = await client.broker(leaderId);
  const topics = [...groupedBy(asked, ({ topic }) => topic)].map(([name, partitions]) => ({
    name,
    partitions: partitions.map(({ partition }) => ({ partitionIndex: partition, timestamp })),
  }));
  const answer = await leader.request(ListOffsetsRequest, ListOffsetsResponse, {
    replicaId: -1,
    isolationLevel: 0,
    topics,
  });
  return answer.topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex, errorCode, offset }) => {
      if (errorCode !== ErrorCode.NONE) throw new BrokerError(errorCode);
      return [partitionName({ topic: name, partition: partitionIndex }), offset] as const;
    }),
  );
}
