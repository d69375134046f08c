import { ErrorCode } from "../protocol/error-codes.ts";
import type {
  AssignReplicasToDirsRequest,
  AssignReplicasToDirsResponse,
} from "../protocol/messages/assign-replicas-to-dirs.ts";
import type { MetadataRecord } from "../protocol/metadata-records/index.ts";
import type { Input } from "../protocol/schema.ts";
import type { ApiError } from "./api-error.ts";
import type { ControllerState } from "./controller-state.ts";
import { answer, type Decision } from "./decision.ts";
import type { Topic } from "./topic-manager.ts";

type Response = Input<typeof AssignReplicasToDirsResponse>;
type State = Pick<ControllerState, "cluster" | "topics" | "changes" | "elections">;

/** A replica, by the topic's id. */
interface Place {
  readonly topic: Topic | undefined;
  readonly partitionIndex: number;
}

/**
 * AssignReplicasToDirs: a broker tells in which of its log directories its replicas are (KIP-858). A directory that is not
 * one of its online ones stands for a replica that is lost: it leaves the ISR.
 */
export function assignReplicasToDirs(state: State, request: AssignReplicasToDirsRequest): Decision<Response> {
  const { brokerId } = request;
  const stale = state.cluster.epochProblem(brokerId, request.brokerEpoch);
  if (stale !== undefined) return answer(assignReplicasToDirsFailed(stale));
  const records: MetadataRecord[] = [];
  const lost = new Map<string, Set<number>>();
  const assign = (place: Place, directoryId: string): number => {
    const { topic, partitionIndex } = place;
    if (topic === undefined) return ErrorCode.UNKNOWN_TOPIC_ID;
    const partition = topic.partitions.get(partitionIndex);
    if (partition === undefined) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    if (!partition.replicas.includes(brokerId)) return ErrorCode.NOT_LEADER_OR_FOLLOWER;
    const directories = new Map([[brokerId, directoryId]]);
    const record = state.changes.change(topic, partition, { directories });
    if (record !== undefined) records.push(record);
    if (!state.cluster.isOnline(brokerId, directoryId)) {
      lost.set(topic.id, (lost.get(topic.id) ?? new Set()).add(partitionIndex));
    }
    return ErrorCode.NONE;
  };
  const directories = request.directories.map(({ id, topics }) => ({
    id,
    topics: topics.map(({ topicId, partitions }) => {
      const topic = state.topics.byId(topicId);
      return {
        topicId,
        partitions: partitions.map(({ partitionIndex }) => ({
          partitionIndex,
          errorCode: assign({ topic, partitionIndex }, id),
        })),
      };
    }),
  }));
  for (const record of state.elections.replicasLost(brokerId, lost)) records.push(record);
  return { records, response: { throttleTimeMs: 0, errorCode: ErrorCode.NONE, directories }, isSplittable: true };
}

export function assignReplicasToDirsFailed({ errorCode }: ApiError): Response {
  return { throttleTimeMs: 0, errorCode, directories: [] };
}
