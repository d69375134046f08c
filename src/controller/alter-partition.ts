import { ErrorCode } from "../protocol/error-codes.ts";
import type { AlterPartitionRequest, AlterPartitionResponse } from "../protocol/messages/alter-partition.ts";
import type { MetadataRecord } from "../protocol/metadata-records/index.ts";
import type { PartitionChangeRecord } from "../protocol/metadata-records/partition-change-record.ts";
import type { Input } from "../protocol/schema.ts";
import type { ApiError } from "./api-error.ts";
import type { ControllerRequestContext } from "./controller-request-context.ts";
import type { ControllerState } from "./controller-state.ts";
import { answer, type Decision } from "./decision.ts";
import {
  LeaderRecoveryState,
  mergePartitionChange,
  NO_LEADER_CHANGE,
  type PartitionRegistration,
} from "./partition-registration.ts";
import type { Topic } from "./topic-manager.ts";

type Response = Input<typeof AlterPartitionResponse>;
type PartitionResult = Response["topics"][number]["partitions"][number];
type State = Pick<ControllerState, "cluster" | "topics" | "changes">;

/** A member of the wanted ISR; epoch -1: whichever incarnation. */
interface IsrMember {
  readonly brokerId: number;
  readonly brokerEpoch: number;
}

interface PartitionUpdate {
  readonly partitionIndex: number;
  readonly leaderEpoch: number;
  readonly partitionEpoch: number;
  readonly leaderRecoveryState: number;
  readonly isr: readonly IsrMember[];
}

/** AlterPartition: leaders report who is in sync (KIP-497, KIP-903). Each partition stands by itself. */
export function alterPartition(
  state: State,
  { apiVersion }: ControllerRequestContext,
  request: AlterPartitionRequest,
): Decision<Response> {
  const stale = state.cluster.epochProblem(request.brokerId, request.brokerEpoch);
  if (stale !== undefined) return answer(alterPartitionFailed(stale));
  const records: MetadataRecord[] = [];
  const topics = request.topics.map(({ topicId, partitions }) => {
    const topic = state.topics.byId(topicId);
    return {
      topicId,
      partitions: partitions.map((partition) => {
        if (topic === undefined) return refused(partition.partitionIndex, ErrorCode.UNKNOWN_TOPIC_ID);
        const isr =
          apiVersion >= 3
            ? partition.newIsrWithEpochs
            : partition.newIsr.map((brokerId) => ({ brokerId, brokerEpoch: -1 }));
        return alterOne(state, request.brokerId, topic, { ...partition, isr }, records);
      }),
    };
  });
  return { records, response: { throttleTimeMs: 0, errorCode: ErrorCode.NONE, topics }, isSplittable: true };
}

export function alterPartitionFailed({ errorCode }: ApiError): Response {
  return { throttleTimeMs: 0, errorCode, topics: [] };
}

function alterOne(
  state: State,
  brokerId: number,
  topic: Topic,
  update: PartitionUpdate,
  records: MetadataRecord[],
): PartitionResult {
  const { partitionIndex } = update;
  const partition = topic.partitions.get(partitionIndex);
  if (partition === undefined) return refused(partitionIndex, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  const errorCode = epochError(partition, brokerId, update) || isrError(state, partition, update);
  if (errorCode !== ErrorCode.NONE) return refused(partitionIndex, errorCode);
  const record = state.changes.change(topic, partition, {
    election: state.changes.electionOf(topic),
    isr: update.isr.map((member) => member.brokerId),
    recoveryState: update.leaderRecoveryState,
  });
  if (record === undefined) return accepted(partition);
  records.push(record);
  const change = record.record as PartitionChangeRecord;
  // A leader cannot depose itself; but an ISR that completes a reassignment can.
  if (change.leader !== brokerId && change.leader !== NO_LEADER_CHANGE) {
    return refused(partitionIndex, ErrorCode.NEW_LEADER_ELECTED);
  }
  return accepted(mergePartitionChange(partition, change));
}

/** A leader that is ahead of this controller has heard of a newer one. */
function epochError(partition: PartitionRegistration, brokerId: number, update: PartitionUpdate): number {
  const { leaderEpoch, partitionEpoch } = partition;
  if (update.leaderEpoch > leaderEpoch || update.partitionEpoch > partitionEpoch) return ErrorCode.NOT_CONTROLLER;
  if (update.leaderEpoch < leaderEpoch) return ErrorCode.FENCED_LEADER_EPOCH;
  if (brokerId !== partition.leader) return ErrorCode.INVALID_REQUEST;
  if (update.partitionEpoch < partitionEpoch) return ErrorCode.INVALID_UPDATE_VERSION;
  return ErrorCode.NONE;
}

function isrError({ cluster }: State, partition: PartitionRegistration, update: PartitionUpdate): number {
  const isr = update.isr.map((member) => member.brokerId);
  const isValid =
    new Set(isr).size === isr.length &&
    isr.every((id) => partition.replicas.includes(id)) &&
    isr.includes(partition.leader);
  if (!isValid || !isValidRecovery(partition, update)) return ErrorCode.INVALID_REQUEST;
  const isEligible = ({ brokerId, brokerEpoch }: IsrMember) =>
    cluster.isActive(brokerId) && (brokerEpoch === -1 || cluster.broker(brokerId)!.epoch === brokerEpoch);
  return update.isr.every(isEligible) ? ErrorCode.NONE : ErrorCode.INELIGIBLE_REPLICA;
}

/** While a leader recovers from an unclean election it is alone, and a leader recovers only then. */
function isValidRecovery(
  partition: PartitionRegistration,
  { leaderRecoveryState: state, isr }: PartitionUpdate,
): boolean {
  if (state === LeaderRecoveryState.RECOVERED) return true;
  return (
    state === LeaderRecoveryState.RECOVERING &&
    isr.length <= 1 &&
    partition.leaderRecoveryState === LeaderRecoveryState.RECOVERING
  );
}

function accepted(partition: PartitionRegistration): PartitionResult {
  return {
    partitionIndex: partition.partitionId,
    errorCode: ErrorCode.NONE,
    leaderId: partition.leader,
    leaderEpoch: partition.leaderEpoch,
    isr: [...partition.isr],
    leaderRecoveryState: partition.leaderRecoveryState,
    partitionEpoch: partition.partitionEpoch,
  };
}

function refused(partitionIndex: number, errorCode: number): PartitionResult {
  return { partitionIndex, errorCode, leaderId: 0, leaderEpoch: 0, isr: [], partitionEpoch: 0 };
}
