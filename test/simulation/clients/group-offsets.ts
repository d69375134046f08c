import type { ClientConnection } from "../../../src/client/client-connection.ts";
import { BrokerError } from "../../../src/client/client-error.ts";
import type { ClusterClient } from "../../../src/client/cluster-client.ts";
import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import { FindCoordinatorRequest, FindCoordinatorResponse } from "../../../src/protocol/messages/find-coordinator.ts";
import { OffsetCommitRequest, OffsetCommitResponse } from "../../../src/protocol/messages/offset-commit.ts";
import { OffsetFetchRequest, OffsetFetchResponse } from "../../../src/protocol/messages/offset-fetch.ts";
import type { ClusterEvent } from "../cluster-event.ts";

/** What those that commit for a group have in common. */
export interface SharedGroup {
  readonly id: string;
  /** By partition: the last commit that was acknowledged to any of them. */
  readonly acknowledged: number[];
}

export interface GroupOffsetsOptions {
  readonly client: ClusterClient;
  readonly saw: (event: ClusterEvent) => void;
  readonly topic: string;
  readonly group: SharedGroup;
}

/** In which name of whom a commit is made; nobody's is outside of any generation. */
export interface Committer {
  readonly memberId: string;
  readonly generationId: number;
}

/** The last ones that know topics by their names. */
const OFFSET_COMMIT_VERSION = 9;
const OFFSET_FETCH_VERSION = 8;

/** Commits offsets of a group, and asks for them; keeps what was acknowledged. */
export class GroupOffsets {
  readonly #options: GroupOffsetsOptions;

  constructor(options: GroupOffsetsOptions) {
    this.#options = options;
  }

  /** The broker that has the group. */
  async coordinator(): Promise<number> {
    const { client, group } = this.#options;
    const body = { keyType: 0, coordinatorKeys: [group.id] };
    const found = (await client.request(FindCoordinatorRequest, FindCoordinatorResponse, body)).coordinators[0]!;
    if (found.errorCode !== ErrorCode.NONE) throw new BrokerError(found.errorCode);
    return found.nodeId;
  }

  async commit(coordinator: ClientConnection, by: Committer, partition: number, offset: number): Promise<void> {
    const { topic, group, saw } = this.#options;
    const partitions = [{ partitionIndex: partition, committedOffset: offset, committedMetadata: null }];
    const body = {
      groupId: group.id,
      memberId: by.memberId,
      generationIdOrMemberEpoch: by.generationId,
      topics: [{ name: topic, partitions }],
    };
    const version = { version: OFFSET_COMMIT_VERSION };
    const answer = await coordinator.request(OffsetCommitRequest, OffsetCommitResponse, body, version);
    const { errorCode } = answer.topics[0]!.partitions[0]!;
    if (errorCode !== ErrorCode.NONE) throw new BrokerError(errorCode);
    group.acknowledged[partition] = Math.max(offset, group.acknowledged[partition] ?? -1);
    saw({ type: "offset committed", group: group.id, partition: `${topic}-${partition}`, offset });
  }

  /** 0 when nothing is committed. */
  async committed(coordinator: ClientConnection, partition: number): Promise<number> {
    const { topic, group, saw } = this.#options;
    const askedAfter = group.acknowledged[partition] ?? -1;
    const wanted = { groupId: group.id, topics: [{ name: topic, partitionIndexes: [partition] }] };
    const body = { groups: [wanted], requireStable: false };
    const version = { version: OFFSET_FETCH_VERSION };
    const answer = await coordinator.request(OffsetFetchRequest, OffsetFetchResponse, body, version);
    const fetched = answer.groups[0]!;
    if (fetched.errorCode !== ErrorCode.NONE) throw new BrokerError(fetched.errorCode);
    const offset = Number(fetched.topics[0]!.partitions[0]!.committedOffset);
    saw({ type: "committed offset seen", group: group.id, partition: `${topic}-${partition}`, offset, askedAfter });
    return Math.max(0, offset);
  }
}
