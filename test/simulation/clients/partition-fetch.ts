import { BrokerError } from "../../../src/client/client-error.ts";
import type { ClusterClient, TopicMetadata } from "../../../src/client/cluster-client.ts";
import { joinParts } from "../../../src/protocol/codec.ts";
import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import { FetchRequest, FetchResponse } from "../../../src/protocol/messages/fetch.ts";
import { decodeRecords } from "../../../src/record/record.ts";
import { baseOffset, findProblem, sizeInBytes } from "../../../src/record/record-batch.ts";
import type { Runtime } from "../../../src/runtime.ts";
import type { Fetched } from "../cluster-event.ts";

export interface PartitionFetch {
  readonly reader: string;
  /** For whose group it reads. */
  readonly group?: string;
  readonly topic: TopicMetadata;
  readonly partition: number;
  readonly position: number;
  readonly maxWaitMs: number;
}

type FetchRuntime = Pick<Runtime, "checksums" | "compression">;

const MAX_BYTES = 1_000_000;

/** One fetch from the leader of a partition. */
export async function fetchPartition(
  client: ClusterClient,
  runtime: FetchRuntime,
  { reader, group, topic, partition, position, maxWaitMs }: PartitionFetch,
): Promise<Fetched> {
  const { leaderId, leaderEpoch } = topic.partitions[partition]!;
  const leader = await client.broker(leaderId);
  const wanted = {
    partition,
    currentLeaderEpoch: leaderEpoch,
    fetchOffset: position,
    partitionMaxBytes: MAX_BYTES,
  };
  const answer = await leader.request(FetchRequest, FetchResponse, {
    maxWaitMs,
    minBytes: 1,
    maxBytes: MAX_BYTES,
    isolationLevel: 0,
    topics: [{ topic: topic.name, topicId: topic.id, partitions: [wanted] }],
    forgottenTopicsData: [],
  });
  if (answer.errorCode !== ErrorCode.NONE) throw new BrokerError(answer.errorCode);
  const { errorCode, highWatermark, records } = answer.responses[0]!.partitions[0]!;
  if (errorCode !== ErrorCode.NONE) throw new BrokerError(errorCode);
  const found = decode(joinParts(records ?? []), position, runtime);
  return {
    type: "fetched",
    reader,
    ...(group === undefined ? {} : { group }),
    partition: `${topic.name}-${partition}`,
    nodeId: leaderId,
    leaderEpoch,
    wantedOffset: position,
    highWatermark,
    ...found,
  };
}

/** Checks each batch, as `check.crcs` has consumers do. One is answered whole, also when the wanted offset lies inside it. */
function decode(bytes: Uint8Array, from: number, { checksums, compression }: FetchRuntime) {
  const records: { offset: number; value: string }[] = [];
  const decoder = new TextDecoder();
  for (let position = 0; position < bytes.length; position += sizeInBytes(bytes, position)) {
    const problem = findProblem(bytes, position, checksums);
    // An answer ends where it ends.
    if (problem === "incomplete") break;
    if (problem !== undefined) return { records, damagedOffset: baseOffset(bytes, position) };
    for (const { offset, value } of decodeRecords(bytes, position, compression)) {
      if (offset >= from) records.push({ offset, value: decoder.decode(value ?? new Uint8Array(0)) });
    }
  }
  return { records };
}

/** To be called when all that was fetched is dealt with. Throws when there was damage: the reader does not get any further. */
export function checkDamage({ damagedOffset }: Fetched): void {
  if (damagedOffset !== undefined) throw new BrokerError(ErrorCode.CORRUPT_MESSAGE);
}
