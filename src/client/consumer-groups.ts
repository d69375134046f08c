import { codecFor } from "../protocol/codec.ts";
import { ConsumerProtocolAssignment } from "../protocol/consumer-protocol/consumer-protocol-assignment.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { DeleteGroupsRequest, DeleteGroupsResponse } from "../protocol/messages/delete-groups.ts";
import { DescribeGroupsRequest, DescribeGroupsResponse } from "../protocol/messages/describe-groups.ts";
import { FindCoordinatorRequest, FindCoordinatorResponse } from "../protocol/messages/find-coordinator.ts";
import { ListGroupsRequest, ListGroupsResponse } from "../protocol/messages/list-groups.ts";
import { OffsetCommitRequest, OffsetCommitResponse } from "../protocol/messages/offset-commit.ts";
import { OffsetFetchRequest, OffsetFetchResponse } from "../protocol/messages/offset-fetch.ts";
import { Reader } from "../protocol/reader.ts";
import type { Message } from "../protocol/schema.ts";
import type { ClientConnection } from "./client-connection.ts";
import { BrokerError } from "./client-error.ts";
import type { ClusterClient } from "./cluster-client.ts";
import { groupedBy } from "./grouped-by.ts";
import type { TopicPartition } from "./partition-offsets.ts";

export interface ListedGroup {
  readonly groupId: string;
  /** `classic`, `consumer`, ...; empty where the broker is too old to tell. */
  readonly type: string;
  /** `consumer` for the groups of consumers, `connect` for those of Kafka Connect. */
  readonly protocolType: string;
  readonly state: string;
}

export interface GroupDescription extends ListedGroup {
  readonly coordinatorId: number;
  /** The assignor; empty unless the group is stable. */
  readonly protocol: string;
  /** Undefined for the newer types, whose members other APIs tell. */
  readonly members: readonly GroupMember[] | undefined;
}

export interface GroupMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly partitions: readonly TopicPartition[];
}

export interface PartitionOffset extends TopicPartition {
  readonly offset: number;
}

export interface CommitResult extends TopicPartition {
  readonly errorCode: number;
}

type DescribedMember = DescribeGroupsResponse["groups"][number]["members"][number];

const GROUP_KEY = 0;
/** The last ones in which topics go by their names: those of topics that are gone have no id. */
const LAST_OFFSET_FETCH_BY_NAME = 9;
const LAST_OFFSET_COMMIT_BY_NAME = 9;
/** Of a coordinator that is not one at the moment, in answers that say so by partition or group. */
const COORDINATOR_ERRORS: ReadonlySet<number> = new Set([
  ErrorCode.COORDINATOR_NOT_AVAILABLE,
  ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
  ErrorCode.NOT_COORDINATOR,
]);

/** Groups as their coordinators tell of them, seen by somebody who is no member. */
export class ConsumerGroups {
  private readonly client: ClusterClient;

  constructor(client: ClusterClient) {
    this.client = client;
  }

  /** Those of all brokers, by name. */
  async list(): Promise<readonly ListedGroup[]> {
    const groups = await this.client.retry(async () => {
      const ids = await this.client.brokerIds();
      return Promise.all(ids.map(async (id) => groupsOf(await this.client.broker(id))));
    });
    return groups.flat().sort((a, b) => (a.groupId < b.groupId ? -1 : 1));
  }

  /** Undefined when there is no such group. */
  describe(groupId: string): Promise<GroupDescription | undefined> {
    return this.atCoordinator(groupId, async (coordinator, coordinatorId) => {
      const body = { groups: [groupId], includeAuthorizedOperations: false };
      const answer = await coordinator.request(DescribeGroupsRequest, DescribeGroupsResponse, body);
      const group = answer.groups[0];
      if (group === undefined) throw new BrokerError(ErrorCode.UNKNOWN_SERVER_ERROR, "The answer has no group");
      const isMissing = group.errorCode === ErrorCode.GROUP_ID_NOT_FOUND;
      if (group.errorCode !== ErrorCode.NONE && !isMissing) throw new BrokerError(group.errorCode, group.errorMessage);
      if (isMissing || group.groupState === "Dead") return groupOfNewerType(coordinator, coordinatorId, groupId);
      const { protocolType, groupState: state, protocolData: protocol } = group;
      const members = group.members.map((member) => memberOf(member, protocolType));
      return { groupId, type: "classic", protocolType, state, coordinatorId, protocol, members };
    });
  }

  /** Of each partition for which the group has committed one. */
  committedOffsets(groupId: string): Promise<readonly PartitionOffset[]> {
    return this.atCoordinator(groupId, async (coordinator) => {
      const body = { groups: [{ groupId, topics: null }] };
      const version = atMost(LAST_OFFSET_FETCH_BY_NAME, coordinator, OffsetFetchRequest as Message);
      const answer = await coordinator.request(OffsetFetchRequest, OffsetFetchResponse, body, { version });
      const { errorCode, topics } = answer.groups[0] ?? { errorCode: ErrorCode.UNKNOWN_SERVER_ERROR, topics: [] };
      if (errorCode === ErrorCode.GROUP_ID_NOT_FOUND) return [];
      if (errorCode !== ErrorCode.NONE) throw new BrokerError(errorCode);
      return topics.flatMap(({ name, partitions }) =>
        partitions
          .filter(({ committedOffset }) => committedOffset >= 0)
          .map(({ partitionIndex, committedOffset }) => ({
            topic: name,
            partition: partitionIndex,
            offset: Number(committedOffset),
          })),
      );
    });
  }

  /** As if the group had consumed up to there; the coordinator refuses it while the group has members. */
  commit(groupId: string, offsets: readonly PartitionOffset[]): Promise<readonly CommitResult[]> {
    return this.atCoordinator(groupId, async (coordinator) => {
      const topics = [...groupedBy(offsets, ({ topic }) => topic)].map(([name, partitions]) => ({
        name,
        partitions: partitions.map(({ partition, offset }) => ({
          partitionIndex: partition,
          committedOffset: offset,
          committedMetadata: "",
        })),
      }));
      const version = atMost(LAST_OFFSET_COMMIT_BY_NAME, coordinator, OffsetCommitRequest as Message);
      const body = { groupId, memberId: "", topics };
      const answer = await coordinator.request(OffsetCommitRequest, OffsetCommitResponse, body, { version });
      return answer.topics.flatMap(({ name, partitions }) =>
        partitions.map(({ partitionIndex, errorCode }) => {
          if (COORDINATOR_ERRORS.has(errorCode)) throw new BrokerError(errorCode);
          return { topic: name, partition: partitionIndex, errorCode };
        }),
      );
    });
  }

  /** With all that it has committed. Rejects with a {@link BrokerError} when the coordinator refuses. */
  delete(groupId: string): Promise<void> {
    return this.atCoordinator(groupId, async (coordinator) => {
      const body = { groupsNames: [groupId] };
      const answer = await coordinator.request(DeleteGroupsRequest, DeleteGroupsResponse, body);
      const { errorCode, errorMessage } = answer.results[0] ?? {
        errorCode: ErrorCode.UNKNOWN_SERVER_ERROR,
        errorMessage: null,
      };
      if (errorCode !== ErrorCode.NONE) throw new BrokerError(errorCode, errorMessage);
    });
  }

  private atCoordinator<T>(
    groupId: string,
    step: (coordinator: ClientConnection, coordinatorId: number) => Promise<T>,
  ): Promise<T> {
    return this.client.retry(async () => {
      const body = { keyType: GROUP_KEY, coordinatorKeys: [groupId] };
      const answer = await this.client.request(FindCoordinatorRequest, FindCoordinatorResponse, body);
      const found = answer.coordinators[0];
      if (found === undefined) throw new BrokerError(ErrorCode.COORDINATOR_NOT_AVAILABLE);
      if (found.errorCode !== ErrorCode.NONE) throw new BrokerError(found.errorCode, found.errorMessage);
      await this.client.brokerIds();
      return step(await this.client.broker(found.nodeId), found.nodeId);
    });
  }
}

async function groupsOf(broker: ClientConnection): Promise<readonly ListedGroup[]> {
  const answer = await broker.request(ListGroupsRequest, ListGroupsResponse, {});
  if (answer.errorCode !== ErrorCode.NONE) throw new BrokerError(answer.errorCode);
  return answer.groups.map(({ groupId, protocolType, groupState, groupType }) => ({
    groupId,
    type: groupType,
    protocolType,
    state: groupState,
  }));
}

/** To DescribeGroups they do not exist; ListGroups has them. */
async function groupOfNewerType(
  coordinator: ClientConnection,
  coordinatorId: number,
  groupId: string,
): Promise<GroupDescription | undefined> {
  const group = (await groupsOf(coordinator)).find((it) => it.groupId === groupId);
  return group === undefined || group.type === "classic"
    ? undefined
    : { ...group, coordinatorId, protocol: "", members: undefined };
}

function memberOf(member: DescribedMember, protocolType: string): GroupMember {
  const { memberId, groupInstanceId, clientId, clientHost, memberAssignment } = member;
  const partitions = protocolType === "consumer" ? assignedPartitions(memberAssignment) : [];
  return { memberId, groupInstanceId, clientId, clientHost, partitions };
}

/** Later versions only add to earlier ones. While the group rebalances there is none. */
function assignedPartitions(assignment: Uint8Array): readonly TopicPartition[] {
  if (assignment.length === 0) return [];
  const reader = new Reader(assignment);
  const version = Math.min(reader.int16(), ConsumerProtocolAssignment.validVersions.highest);
  const { assignedPartitions } = codecFor(ConsumerProtocolAssignment, version).decode(reader);
  return assignedPartitions.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })));
}

function atMost(version: number, connection: ClientConnection, request: Message): number {
  return Math.min(version, connection.versionOf(request));
}
