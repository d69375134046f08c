import { codecFor } from "../protocol/codec.ts";
import { ConsumerProtocolAssignment } from "../protocol/consumer-protocol/consumer-protocol-assignment.ts";
import { ConsumerProtocolSubscription } from "../protocol/consumer-protocol/consumer-protocol-subscription.ts";
import { EndTxnMarker } from "../protocol/control-records/end-txn-marker.ts";
import { KRaftVersionRecord } from "../protocol/control-records/kraft-version-record.ts";
import { LeaderChangeMessage } from "../protocol/control-records/leader-change-message.ts";
import { SnapshotFooterRecord } from "../protocol/control-records/snapshot-footer-record.ts";
import { SnapshotHeaderRecord } from "../protocol/control-records/snapshot-header-record.ts";
import { VotersRecord } from "../protocol/control-records/voters-record.ts";
import { GroupMetadataValue } from "../protocol/coordinator-records/group-metadata.ts";
import {
  type CoordinatorRecordType,
  GROUP_RECORDS,
  SHARE_RECORDS,
  TRANSACTION_RECORDS,
} from "../protocol/coordinator-records/index.ts";
import {
  CLUSTER_METADATA_TOPIC,
  OFFSETS_TOPIC,
  SHARE_GROUP_STATE_TOPIC,
  TRANSACTION_STATE_TOPIC,
} from "../protocol/internal-topics.ts";
import { METADATA_RECORDS } from "../protocol/metadata-records/index.ts";
import { Reader } from "../protocol/reader.ts";
import { RemoteLogSegmentMetadataRecord } from "../protocol/remote-log-records/remote-log-segment-metadata-record.ts";
import { RemoteLogSegmentMetadataSnapshotRecord } from "../protocol/remote-log-records/remote-log-segment-metadata-snapshot-record.ts";
import { RemoteLogSegmentMetadataUpdateRecord } from "../protocol/remote-log-records/remote-log-segment-metadata-update-record.ts";
import { RemotePartitionDeleteMetadataRecord } from "../protocol/remote-log-records/remote-partition-delete-metadata-record.ts";
import type { Message } from "../protocol/schema.ts";
import { ControlRecordType, controlRecordType } from "../record/control-record.ts";
import { type Json, messageJson } from "./message-json.ts";

/** A key or a value that was understood. */
export interface DecodedPart {
  /** Of the schema, without "Key" or "Value". */
  readonly name: string;
  readonly version: number;
  readonly data: Json;
}

export interface DecodedParts {
  /** Left out where keys mean nothing. */
  readonly key?: DecodedPart;
  /** Null for a tombstone. */
  readonly value: DecodedPart | null;
}

/** Understands the records of one of Kafka's own topics. Throws on a record that is none of them. */
export type RecordDecoder = (key: Uint8Array | null, value: Uint8Array | null) => DecodedParts;

/** By the names that a user may give. */
export const RECORD_DECODERS: ReadonlyMap<string, RecordDecoder> = new Map([
  ["offsets", keyedDecoder(GROUP_RECORDS, groupRecordJson)],
  ["transactions", keyedDecoder(TRANSACTION_RECORDS)],
  ["share-state", keyedDecoder(SHARE_RECORDS)],
  ["metadata", framedDecoder(METADATA_RECORDS)],
  [
    "remote-log",
    framedDecoder(
      byNumber([
        RemoteLogSegmentMetadataRecord,
        RemoteLogSegmentMetadataSnapshotRecord,
        RemoteLogSegmentMetadataUpdateRecord,
        RemotePartitionDeleteMetadataRecord,
      ]),
    ),
  ],
]);

const DECODER_OF_TOPIC: ReadonlyMap<string, string> = new Map([
  [OFFSETS_TOPIC, "offsets"],
  [TRANSACTION_STATE_TOPIC, "transactions"],
  [SHARE_GROUP_STATE_TOPIC, "share-state"],
  [CLUSTER_METADATA_TOPIC, "metadata"],
  ["__remote_log_metadata", "remote-log"],
]);

/** Undefined for the topics of users. */
export function decoderOfTopic(topic: string): RecordDecoder | undefined {
  return RECORD_DECODERS.get(DECODER_OF_TOPIC.get(topic) ?? "");
}

const CONTROL_RECORDS: ReadonlyMap<number, Message> = new Map<number, Message>([
  [ControlRecordType.LEADER_CHANGE, LeaderChangeMessage],
  [ControlRecordType.SNAPSHOT_HEADER, SnapshotHeaderRecord],
  [ControlRecordType.SNAPSHOT_FOOTER, SnapshotFooterRecord],
  [ControlRecordType.KRAFT_VERSION, KRaftVersionRecord],
  [ControlRecordType.KRAFT_VOTERS, VotersRecord],
]);

/** A record of a control batch, of whatever topic. */
export const decodeControlRecord: RecordDecoder = (key, value) => {
  const type = controlRecordType(key);
  const bytes = value ?? new Uint8Array(0);
  if (type === ControlRecordType.ABORT || type === ControlRecordType.COMMIT) {
    const name = type === ControlRecordType.ABORT ? "ABORT" : "COMMIT";
    return { value: decodePart(EndTxnMarker, new Reader(bytes, INT16_BYTES), new Reader(bytes).int16(), { name }) };
  }
  const schema = CONTROL_RECORDS.get(type ?? -1);
  if (schema === undefined) throw new Error(`control record of an unknown type ${type ?? "(no type in the key)"}`);
  // The version is the first field of these, and part of them.
  return { value: decodePart(schema, new Reader(bytes), new Reader(bytes).int16()) };
};

const INT16_BYTES = 2;

/** The records of coordinators: an int16 in front of the key is its type, one in front of the value its version. */
function keyedDecoder(
  types: ReadonlyMap<number, CoordinatorRecordType>,
  toJson: typeof messageJson = messageJson,
): RecordDecoder {
  return (key, value) => {
    if (key === null) throw new Error("the record has no key");
    const keyReader = new Reader(key);
    const number = keyReader.int16();
    const type = types.get(number);
    if (type === undefined) throw new Error(`unknown record type ${number}`);
    const decodedKey = { ...decodePart(type.key, keyReader, 0), version: number };
    if (value === null) return { key: decodedKey, value: null };
    const valueReader = new Reader(value);
    const version = valueReader.int16();
    return { key: decodedKey, value: decodePart(type.value, valueReader, version, { toJson }) };
  };
}

/** Records without a key, with the version of the frame, their type and their version in front. */
function framedDecoder(types: ReadonlyMap<number, Message>): RecordDecoder {
  return (_key, value) => {
    const reader = new Reader(value ?? new Uint8Array(0));
    const frameVersion = reader.unsignedVarint();
    if (frameVersion > 1) throw new Error(`unknown frame version ${frameVersion}`);
    const number = reader.unsignedVarint();
    const type = types.get(number);
    if (type === undefined) throw new Error(`unknown record type ${number}`);
    return { value: decodePart(type, reader, reader.unsignedVarint()) };
  };
}

function decodePart(
  message: Message,
  reader: Reader,
  version: number,
  { name, toJson = messageJson }: { readonly name?: string; readonly toJson?: typeof messageJson } = {},
): DecodedPart {
  const value = codecFor(message, version).decode(reader);
  if (reader.remaining > 0) throw new Error(`${reader.remaining} bytes are left over behind ${message.name}`);
  const data = toJson(message, version, value);
  return { name: name ?? message.name.replace(/(Key|Value)$/, ""), version, data };
}

/** What the members of a consumer group told each other is opaque to the broker; a person wants to read it. */
function groupRecordJson(message: Message, version: number, value: unknown): Json {
  const json = messageJson(message, version, value);
  const group = value as GroupMetadataValue;
  if (message !== GroupMetadataValue || group.protocolType !== "consumer") return json;
  const members = (json as { readonly members: readonly { [name: string]: Json }[] }).members.map((member, index) => ({
    ...member,
    ...clientData("subscription", ConsumerProtocolSubscription, group.members[index]!.subscription),
    ...clientData("assignment", ConsumerProtocolAssignment, group.members[index]!.assignment),
  }));
  return { ...(json as object), members };
}

/** Nothing when it is something else: any client may have written it. */
function clientData(name: string, message: Message, bytes: Uint8Array): { readonly [name: string]: Json } {
  try {
    const reader = new Reader(bytes);
    const version = Math.min(reader.int16(), message.validVersions.highest);
    return { [name]: messageJson(message, version, codecFor(message, version).decode(reader)) };
  } catch {
    return {};
  }
}

function byNumber(messages: readonly Message[]): ReadonlyMap<number, Message> {
  return new Map(messages.map((each) => [each.apiKey!, each]));
}
