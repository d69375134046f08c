/**
 * Records of the metadata log. In the log each has three unsigned varints in front: the version of this frame (1), the
 * record's type, and the version of its schema.
 */
import { codecFor, joinParts, withDefaults } from "../codec.ts";
import { ProtocolError } from "../protocol-error.ts";
import { Reader } from "../reader.ts";
import type { Infer, Input, Message } from "../schema.ts";
import { Writer } from "../writer.ts";
import { AbortTransactionRecord } from "./abort-transaction-record.ts";
import { AccessControlEntryRecord } from "./access-control-entry-record.ts";
import { BeginTransactionRecord } from "./begin-transaction-record.ts";
import { BrokerRegistrationChangeRecord } from "./broker-registration-change-record.ts";
import { ClearElrRecord } from "./clear-elr-record.ts";
import { ClientQuotaRecord } from "./client-quota-record.ts";
import { ConfigRecord } from "./config-record.ts";
import { DelegationTokenRecord } from "./delegation-token-record.ts";
import { EndTransactionRecord } from "./end-transaction-record.ts";
import { FeatureLevelRecord } from "./feature-level-record.ts";
import { FenceBrokerRecord } from "./fence-broker-record.ts";
import { NoOpRecord } from "./no-op-record.ts";
import { PartitionChangeRecord } from "./partition-change-record.ts";
import { PartitionRecord } from "./partition-record.ts";
import { ProducerIdsRecord } from "./producer-ids-record.ts";
import { RegisterBrokerRecord } from "./register-broker-record.ts";
import { RegisterControllerRecord } from "./register-controller-record.ts";
import { RemoveAccessControlEntryRecord } from "./remove-access-control-entry-record.ts";
import { RemoveDelegationTokenRecord } from "./remove-delegation-token-record.ts";
import { RemoveTopicRecord } from "./remove-topic-record.ts";
import { RemoveUserScramCredentialRecord } from "./remove-user-scram-credential-record.ts";
import { TopicRecord } from "./topic-record.ts";
import { UnfenceBrokerRecord } from "./unfence-broker-record.ts";
import { UnregisterBrokerRecord } from "./unregister-broker-record.ts";
import { UnregisterControllerRecord } from "./unregister-controller-record.ts";
import { UserScramCredentialRecord } from "./user-scram-credential-record.ts";
import { ZkMigrationStateRecord } from "./zk-migration-state-record.ts";

const SCHEMAS = {
  RegisterBrokerRecord,
  UnregisterBrokerRecord,
  TopicRecord,
  PartitionRecord,
  ConfigRecord,
  PartitionChangeRecord,
  FenceBrokerRecord,
  UnfenceBrokerRecord,
  RemoveTopicRecord,
  DelegationTokenRecord,
  UserScramCredentialRecord,
  FeatureLevelRecord,
  ClientQuotaRecord,
  ProducerIdsRecord,
  BrokerRegistrationChangeRecord,
  AccessControlEntryRecord,
  RemoveAccessControlEntryRecord,
  NoOpRecord,
  ZkMigrationStateRecord,
  RemoveUserScramCredentialRecord,
  BeginTransactionRecord,
  EndTransactionRecord,
  AbortTransactionRecord,
  RemoveDelegationTokenRecord,
  RegisterControllerRecord,
  ClearElrRecord,
  UnregisterControllerRecord,
} as const;

type Schemas = typeof SCHEMAS;

export type MetadataRecordType = keyof Schemas;

/** A record with its type and the version in which it is written; `switch (type)` narrows `record`. */
export type MetadataRecord = {
  [Type in MetadataRecordType]: {
    readonly type: Type;
    readonly version: number;
    readonly record: Infer<Schemas[Type]>;
  };
}[MetadataRecordType];

/** The schema of every type of record, by its number on the wire. */
export const METADATA_RECORDS: ReadonlyMap<number, Message> = new Map(
  Object.values(SCHEMAS).map((schema): [number, Message] => [schema.apiKey!, schema]),
);

const FRAME_VERSION = 1;

/** Builds a record, with defaults for what is left out. */
export function metadataRecord<Type extends MetadataRecordType>(
  type: Type,
  version: number,
  record: Input<Schemas[Type]>,
): Extract<MetadataRecord, { type: Type }> {
  const schema: Message = SCHEMAS[type];
  return { type, version, record: withDefaults(schema, record) } as Extract<MetadataRecord, { type: Type }>;
}

export function encodeMetadataRecord({ type, version, record }: MetadataRecord): Uint8Array {
  const schema: Message = SCHEMAS[type];
  const writer = new Writer();
  writer.unsignedVarint(FRAME_VERSION);
  writer.unsignedVarint(schema.apiKey!);
  writer.unsignedVarint(version);
  codecFor(schema, version).encode(writer, record);
  return joinParts(writer.finish());
}

export function decodeMetadataRecord(bytes: Uint8Array): MetadataRecord {
  const reader = new Reader(bytes);
  const frameVersion = reader.unsignedVarint();
  if (frameVersion !== FRAME_VERSION)
    throw new ProtocolError(`Unknown frame version ${frameVersion} of a metadata record`);
  const number = reader.unsignedVarint();
  const schema = METADATA_RECORDS.get(number);
  if (schema === undefined) throw new ProtocolError(`Unknown metadata record type ${number}`);
  const version = reader.unsignedVarint();
  const record = codecFor(schema, version).decode(reader);
  if (reader.remaining > 0) throw new ProtocolError(`${reader.remaining} bytes are left over behind ${schema.name}`);
  return { type: schema.name, version, record } as MetadataRecord;
}
