/** The record types of the three coordinators, by the number in front of the key. */
import type { Message } from "../schema.ts";
import {
  ConsumerGroupCurrentMemberAssignmentKey,
  ConsumerGroupCurrentMemberAssignmentValue,
} from "./consumer-group-current-member-assignment.ts";
import { ConsumerGroupMemberMetadataKey, ConsumerGroupMemberMetadataValue } from "./consumer-group-member-metadata.ts";
import { ConsumerGroupMetadataKey, ConsumerGroupMetadataValue } from "./consumer-group-metadata.ts";
import {
  ConsumerGroupPartitionMetadataKey,
  ConsumerGroupPartitionMetadataValue,
} from "./consumer-group-partition-metadata.ts";
import {
  ConsumerGroupRegularExpressionKey,
  ConsumerGroupRegularExpressionValue,
} from "./consumer-group-regular-expression.ts";
import {
  ConsumerGroupTargetAssignmentMemberKey,
  ConsumerGroupTargetAssignmentMemberValue,
} from "./consumer-group-target-assignment-member.ts";
import {
  ConsumerGroupTargetAssignmentMetadataKey,
  ConsumerGroupTargetAssignmentMetadataValue,
} from "./consumer-group-target-assignment-metadata.ts";
import { GroupMetadataKey, GroupMetadataValue } from "./group-metadata.ts";
import { LegacyOffsetCommitKey, LegacyOffsetCommitValue } from "./legacy-offset-commit.ts";
import { OffsetCommitKey, OffsetCommitValue } from "./offset-commit.ts";
import {
  ShareGroupCurrentMemberAssignmentKey,
  ShareGroupCurrentMemberAssignmentValue,
} from "./share-group-current-member-assignment.ts";
import { ShareGroupMemberMetadataKey, ShareGroupMemberMetadataValue } from "./share-group-member-metadata.ts";
import { ShareGroupMetadataKey, ShareGroupMetadataValue } from "./share-group-metadata.ts";
import {
  ShareGroupStatePartitionMetadataKey,
  ShareGroupStatePartitionMetadataValue,
} from "./share-group-state-partition-metadata.ts";
import {
  ShareGroupTargetAssignmentMemberKey,
  ShareGroupTargetAssignmentMemberValue,
} from "./share-group-target-assignment-member.ts";
import {
  ShareGroupTargetAssignmentMetadataKey,
  ShareGroupTargetAssignmentMetadataValue,
} from "./share-group-target-assignment-metadata.ts";
import { ShareSnapshotKey, ShareSnapshotValue } from "./share-snapshot.ts";
import { ShareUpdateKey, ShareUpdateValue } from "./share-update.ts";
import {
  StreamsGroupCurrentMemberAssignmentKey,
  StreamsGroupCurrentMemberAssignmentValue,
} from "./streams-group-current-member-assignment.ts";
import { StreamsGroupMemberMetadataKey, StreamsGroupMemberMetadataValue } from "./streams-group-member-metadata.ts";
import { StreamsGroupMetadataKey, StreamsGroupMetadataValue } from "./streams-group-metadata.ts";
import {
  StreamsGroupTargetAssignmentMemberKey,
  StreamsGroupTargetAssignmentMemberValue,
} from "./streams-group-target-assignment-member.ts";
import {
  StreamsGroupTargetAssignmentMetadataKey,
  StreamsGroupTargetAssignmentMetadataValue,
} from "./streams-group-target-assignment-metadata.ts";
import { StreamsGroupTopologyKey, StreamsGroupTopologyValue } from "./streams-group-topology.ts";
import { TransactionLogKey, TransactionLogValue } from "./transaction-log.ts";

export interface CoordinatorRecordType {
  readonly key: Message;
  readonly value: Message;
}

/** `__consumer_offsets` */
export const GROUP_RECORDS = byNumber([
  { key: LegacyOffsetCommitKey, value: LegacyOffsetCommitValue },
  { key: OffsetCommitKey, value: OffsetCommitValue },
  { key: GroupMetadataKey, value: GroupMetadataValue },
  { key: ConsumerGroupMetadataKey, value: ConsumerGroupMetadataValue },
  { key: ConsumerGroupPartitionMetadataKey, value: ConsumerGroupPartitionMetadataValue },
  { key: ConsumerGroupMemberMetadataKey, value: ConsumerGroupMemberMetadataValue },
  { key: ConsumerGroupTargetAssignmentMetadataKey, value: ConsumerGroupTargetAssignmentMetadataValue },
  { key: ConsumerGroupTargetAssignmentMemberKey, value: ConsumerGroupTargetAssignmentMemberValue },
  { key: ConsumerGroupCurrentMemberAssignmentKey, value: ConsumerGroupCurrentMemberAssignmentValue },
  { key: ShareGroupMemberMetadataKey, value: ShareGroupMemberMetadataValue },
  { key: ShareGroupMetadataKey, value: ShareGroupMetadataValue },
  { key: ShareGroupTargetAssignmentMetadataKey, value: ShareGroupTargetAssignmentMetadataValue },
  { key: ShareGroupTargetAssignmentMemberKey, value: ShareGroupTargetAssignmentMemberValue },
  { key: ShareGroupCurrentMemberAssignmentKey, value: ShareGroupCurrentMemberAssignmentValue },
  { key: ShareGroupStatePartitionMetadataKey, value: ShareGroupStatePartitionMetadataValue },
  { key: ConsumerGroupRegularExpressionKey, value: ConsumerGroupRegularExpressionValue },
  { key: StreamsGroupMetadataKey, value: StreamsGroupMetadataValue },
  { key: StreamsGroupMemberMetadataKey, value: StreamsGroupMemberMetadataValue },
  { key: StreamsGroupTargetAssignmentMetadataKey, value: StreamsGroupTargetAssignmentMetadataValue },
  { key: StreamsGroupTargetAssignmentMemberKey, value: StreamsGroupTargetAssignmentMemberValue },
  { key: StreamsGroupCurrentMemberAssignmentKey, value: StreamsGroupCurrentMemberAssignmentValue },
  { key: StreamsGroupTopologyKey, value: StreamsGroupTopologyValue },
]);

/** `__share_group_state` */
export const SHARE_RECORDS = byNumber([
  { key: ShareSnapshotKey, value: ShareSnapshotValue },
  { key: ShareUpdateKey, value: ShareUpdateValue },
]);

/** `__transaction_state` */
export const TRANSACTION_RECORDS = byNumber([{ key: TransactionLogKey, value: TransactionLogValue }]);

function byNumber(types: readonly CoordinatorRecordType[]): ReadonlyMap<number, CoordinatorRecordType> {
  return new Map(types.map((each) => [each.key.apiKey!, each]));
}
