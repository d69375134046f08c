import { decode, encoderFor, joinParts } from "../../protocol/codec.ts";
import { GroupMetadataKey, GroupMetadataValue } from "../../protocol/coordinator-records/group-metadata.ts";
import { OffsetCommitKey, OffsetCommitValue } from "../../protocol/coordinator-records/offset-commit.ts";
import type { Message } from "../../protocol/schema.ts";
import { Writer } from "../../protocol/writer.ts";
import type { CoordinatorSerde, SerializedRecord } from "../coordinator.ts";
import type { ClassicGroup } from "./classic/classic-group.ts";
import type { CommittedOffset } from "./offsets/committed-offset.ts";

/** A record of `__consumer_offsets`; a null value is a tombstone. */
export type GroupRecord = GroupMetadataRecord | OffsetCommitRecord;

export interface GroupMetadataRecord {
  readonly kind: "GroupMetadata";
  readonly groupId: string;
  readonly value: GroupMetadataValue | null;
}

export interface OffsetCommitRecord {
  readonly kind: "OffsetCommit";
  readonly groupId: string;
  readonly topic: string;
  readonly partition: number;
  readonly value: OffsetCommitValue | null;
}

/** The whole group as it is in this generation. */
export function groupMetadataRecord(
  group: ClassicGroup,
  assignments: ReadonlyMap<string, Uint8Array>,
): GroupMetadataRecord {
  const { groupId, protocolName } = group;
  const members = [...group.members.values()].map((member) => ({
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    rebalanceTimeout: member.rebalanceTimeoutMs,
    sessionTimeout: member.sessionTimeoutMs,
    subscription: member.metadata(protocolName ?? ""),
    assignment: assignments.get(member.memberId)!,
  }));
  const value = {
    protocolType: group.protocolType ?? "",
    generation: group.generationId,
    protocol: protocolName,
    leader: group.leaderId,
    currentStateTimestamp: group.stateTimestampMs,
    members,
  };
  return { kind: "GroupMetadata", groupId, value };
}

/** A group that exists, and nothing more. */
export function emptyGroupMetadataRecord(group: ClassicGroup): GroupMetadataRecord {
  const value = {
    protocolType: "",
    generation: 0,
    protocol: null,
    leader: null,
    currentStateTimestamp: group.stateTimestampMs,
    members: [],
  };
  return { kind: "GroupMetadata", groupId: group.groupId, value };
}

export function groupTombstone(groupId: string): GroupMetadataRecord {
  return { kind: "GroupMetadata", groupId, value: null };
}

export function offsetCommitRecord(groupId: string, committed: CommittedOffset): OffsetCommitRecord {
  const { topic, partition } = committed;
  const value = {
    offset: committed.offset,
    leaderEpoch: committed.leaderEpoch,
    metadata: committed.metadata,
    commitTimestamp: committed.commitTimestampMs,
    expireTimestamp: committed.expireTimestampMs,
    topicId: committed.topicId,
  };
  return { kind: "OffsetCommit", groupId, topic, partition, value };
}

export function offsetTombstone(groupId: string, topic: string, partition: number): OffsetCommitRecord {
  return { kind: "OffsetCommit", groupId, topic, partition, value: null };
}

/** Types of keys: an int16 in front of the key. Offsets of type 0 are read, but no longer written. */
const OFFSET_COMMIT_V0 = 0;
const OFFSET_COMMIT = 1;
const GROUP_METADATA = 2;

/**
 * The versions that Apache Kafka 4.4 writes. Version 4 of GroupMetadata could be read, but brokers before 3.5 would lose
 * groups over it; an offset with an expiry of its own (OffsetCommit 2-4) only fits into version 1.
 */
const GROUP_METADATA_VERSION = 3;
const OFFSET_COMMIT_VERSION = 4;
const EXPIRING_OFFSET_COMMIT_VERSION = 1;
const NO_EXPIRY = -1;

/** Holds most keys and offsets. */
const FIRST_BLOCK_BYTES = 96;

export const groupRecordSerde: CoordinatorSerde<GroupRecord> = {
  serialize(record: GroupRecord): SerializedRecord {
    return record.kind === "GroupMetadata" ? serializeGroupMetadata(record) : serializeOffsetCommit(record);
  },

  deserialize(key: Uint8Array, value: Uint8Array | null): GroupRecord | undefined {
    switch (prefix(key)) {
      case OFFSET_COMMIT_V0:
      case OFFSET_COMMIT: {
        const { group: groupId, topic, partition } = decode(OffsetCommitKey, 0, key.subarray(2));
        if (value === null) return offsetTombstone(groupId, topic, partition);
        const decoded = decodeValue(OffsetCommitValue, value);
        return decoded && { kind: "OffsetCommit", groupId, topic, partition, value: decoded };
      }
      case GROUP_METADATA: {
        const { group: groupId } = decode(GroupMetadataKey, 0, key.subarray(2));
        if (value === null) return groupTombstone(groupId);
        const decoded = decodeValue(GroupMetadataValue, value);
        return decoded && { kind: "GroupMetadata", groupId, value: ownedMetadata(decoded) };
      }
      default:
        return undefined;
    }
  },
};

function serializeGroupMetadata({ groupId: group, value }: GroupMetadataRecord): SerializedRecord {
  return {
    key: prefixed(GROUP_METADATA, GroupMetadataKey, 0, { group }),
    value: value && prefixed(GROUP_METADATA_VERSION, GroupMetadataValue, GROUP_METADATA_VERSION, value),
  };
}

function serializeOffsetCommit({ groupId: group, topic, partition, value }: OffsetCommitRecord): SerializedRecord {
  const expires = value !== null && value.expireTimestamp !== NO_EXPIRY;
  const version = expires ? EXPIRING_OFFSET_COMMIT_VERSION : OFFSET_COMMIT_VERSION;
  return {
    key: prefixed(OFFSET_COMMIT, OffsetCommitKey, 0, { group, topic, partition }),
    value: value && prefixed(version, OffsetCommitValue, version, value),
  };
}

function prefixed<T, I>(prefix: number, type: Message<T, I>, version: number, value: I): Uint8Array {
  const writer = new Writer(FIRST_BLOCK_BYTES);
  writer.int16(prefix);
  encoderFor(type, version)(writer, value);
  return joinParts(writer.finish());
}

function decodeValue<T, I>(type: Message<T, I>, bytes: Uint8Array): T | undefined {
  const version = prefix(bytes);
  const { lowest, highest } = type.validVersions;
  return version < lowest || version > highest ? undefined : decode(type, version, bytes.subarray(2));
}

/** Without a hold on the buffer it was read from. */
function ownedMetadata(value: GroupMetadataValue): GroupMetadataValue {
  const members = value.members.map((member) => ({
    ...member,
    subscription: member.subscription.slice(),
    assignment: member.assignment.slice(),
  }));
  return { ...value, members };
}

const prefix = (bytes: Uint8Array): number => (bytes.length < 2 ? -1 : ((bytes[0]! << 24) >> 16) | bytes[1]!);
