import { ConsumerProtocolAssignment } from "../../src/protocol/consumer-protocol/consumer-protocol-assignment.ts";
import { ConsumerProtocolSubscription } from "../../src/protocol/consumer-protocol/consumer-protocol-subscription.ts";
import { ControlRecordTypeSchema } from "../../src/protocol/control-records/control-record-type-schema.ts";
import { EndTxnMarker } from "../../src/protocol/control-records/end-txn-marker.ts";
import { KRaftVersionRecord } from "../../src/protocol/control-records/kraft-version-record.ts";
import { LeaderChangeMessage } from "../../src/protocol/control-records/leader-change-message.ts";
import { SnapshotFooterRecord } from "../../src/protocol/control-records/snapshot-footer-record.ts";
import { SnapshotHeaderRecord } from "../../src/protocol/control-records/snapshot-header-record.ts";
import { VotersRecord } from "../../src/protocol/control-records/voters-record.ts";
import { GROUP_RECORDS, SHARE_RECORDS, TRANSACTION_RECORDS } from "../../src/protocol/coordinator-records/index.ts";
import { AbortedTxn } from "../../src/protocol/data/aborted-txn.ts";
import { DefaultPrincipalData } from "../../src/protocol/data/default-principal-data.ts";
import { ProducerSnapshot } from "../../src/protocol/data/producer-snapshot.ts";
import { QuorumStateData } from "../../src/protocol/data/quorum-state-data.ts";
import { RequestHeader, ResponseHeader } from "../../src/protocol/header.ts";
import { MESSAGES } from "../../src/protocol/messages/index.ts";
import { METADATA_RECORDS } from "../../src/protocol/metadata-records/index.ts";
import { RemoteLogSegmentMetadataRecord } from "../../src/protocol/remote-log-records/remote-log-segment-metadata-record.ts";
import { RemoteLogSegmentMetadataSnapshotRecord } from "../../src/protocol/remote-log-records/remote-log-segment-metadata-snapshot-record.ts";
import { RemoteLogSegmentMetadataUpdateRecord } from "../../src/protocol/remote-log-records/remote-log-segment-metadata-update-record.ts";
import { RemotePartitionDeleteMetadataRecord } from "../../src/protocol/remote-log-records/remote-partition-delete-metadata-record.ts";
import type { Message } from "../../src/protocol/schema.ts";

/** Everything that is described in the schema language. */
export const ALL_MESSAGES: readonly Message[] = [
  RequestHeader,
  ResponseHeader,
  ...[...MESSAGES.values()].flatMap(({ request, response }) => [request, response]),
  ...METADATA_RECORDS.values(),
  ...[GROUP_RECORDS, SHARE_RECORDS, TRANSACTION_RECORDS].flatMap((records) =>
    [...records.values()].flatMap(({ key, value }) => [key, value]),
  ),
  LeaderChangeMessage,
  SnapshotHeaderRecord,
  SnapshotFooterRecord,
  KRaftVersionRecord,
  VotersRecord,
  ControlRecordTypeSchema,
  EndTxnMarker,
  ConsumerProtocolSubscription,
  ConsumerProtocolAssignment,
  DefaultPrincipalData,
  QuorumStateData,
  AbortedTxn,
  ProducerSnapshot,
  RemoteLogSegmentMetadataRecord,
  RemoteLogSegmentMetadataUpdateRecord,
  RemotePartitionDeleteMetadataRecord,
  RemoteLogSegmentMetadataSnapshotRecord,
];

export function versionsOf({ validVersions }: Message): number[] {
  const { lowest, highest } = validVersions;
  return Array.from({ length: highest - lowest + 1 }, (_, index) => lowest + index);
}

export interface MessageVersion {
  readonly message: Message;
  readonly version: number;
}

/** Every version of every message. */
export const ALL_VERSIONS: readonly MessageVersion[] = ALL_MESSAGES.flatMap((message) =>
  versionsOf(message).map((version) => ({ message, version })),
);
