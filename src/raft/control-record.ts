import { decode, encodeToBytes } from "../protocol/codec.ts";
import { KRaftVersionRecord } from "../protocol/control-records/kraft-version-record.ts";
import { LeaderChangeMessage } from "../protocol/control-records/leader-change-message.ts";
import { SnapshotFooterRecord } from "../protocol/control-records/snapshot-footer-record.ts";
import { SnapshotHeaderRecord } from "../protocol/control-records/snapshot-header-record.ts";
import { VotersRecord } from "../protocol/control-records/voters-record.ts";
import { readInt16 } from "../record/big-endian.ts";
import { ControlRecordType, controlRecordKey, controlRecordType } from "../record/control-record.ts";
import type { VoterNode } from "./voter-set.ts";

/** The records of control batches that belong to the quorum and not to the metadata. */
export type ControlRecord =
  | {
      readonly type: "leaderChange";
      readonly leaderId: number;
      readonly voters: readonly number[];
      readonly grantingVoters: readonly number[];
    }
  | { readonly type: "snapshotHeader"; readonly lastContainedLogTimestampMs: number }
  | { readonly type: "snapshotFooter" }
  | { readonly type: "kraftVersion"; readonly kraftVersion: number }
  | { readonly type: "voters"; readonly voters: readonly VoterNode[] };

/** The version of each value is its first field; all are at 0, LeaderChange too (its version 1 is not written by Kafka). */
const VERSION = 0;

export function encodeControlRecord(record: ControlRecord): { readonly key: Uint8Array; readonly value: Uint8Array } {
  switch (record.type) {
    case "leaderChange":
      return {
        key: controlRecordKey(ControlRecordType.LEADER_CHANGE),
        value: encodeToBytes(LeaderChangeMessage, VERSION, {
          version: VERSION,
          leaderId: record.leaderId,
          voters: record.voters.map((voterId) => ({ voterId })),
          grantingVoters: record.grantingVoters.map((voterId) => ({ voterId })),
        }),
      };
    case "snapshotHeader":
      return {
        key: controlRecordKey(ControlRecordType.SNAPSHOT_HEADER),
        value: encodeToBytes(SnapshotHeaderRecord, VERSION, {
          version: VERSION,
          lastContainedLogTimestamp: record.lastContainedLogTimestampMs,
        }),
      };
    case "snapshotFooter":
      return {
        key: controlRecordKey(ControlRecordType.SNAPSHOT_FOOTER),
        value: encodeToBytes(SnapshotFooterRecord, VERSION, { version: VERSION }),
      };
    case "kraftVersion":
      return {
        key: controlRecordKey(ControlRecordType.KRAFT_VERSION),
        value: encodeToBytes(KRaftVersionRecord, VERSION, { version: VERSION, kRaftVersion: record.kraftVersion }),
      };
    case "voters":
      return {
        key: controlRecordKey(ControlRecordType.KRAFT_VOTERS),
        value: encodeToBytes(VotersRecord, VERSION, { version: VERSION, voters: record.voters.map(voterFields) }),
      };
  }
}

/** Undefined for a type that says nothing about the quorum. */
export function decodeControlRecord(key: Uint8Array | null, value: Uint8Array | null): ControlRecord | undefined {
  if (value === null || value.length < 2) throw new Error("A control record of the metadata log has no value");
  const version = readInt16(value, 0);
  switch (controlRecordType(key)) {
    case ControlRecordType.LEADER_CHANGE: {
      const message = decode(LeaderChangeMessage, version, value);
      return {
        type: "leaderChange",
        leaderId: message.leaderId,
        voters: message.voters.map((voter) => voter.voterId),
        grantingVoters: message.grantingVoters.map((voter) => voter.voterId),
      };
    }
    case ControlRecordType.SNAPSHOT_HEADER: {
      const { lastContainedLogTimestamp } = decode(SnapshotHeaderRecord, version, value);
      return { type: "snapshotHeader", lastContainedLogTimestampMs: lastContainedLogTimestamp };
    }
    case ControlRecordType.SNAPSHOT_FOOTER:
      return { type: "snapshotFooter" };
    case ControlRecordType.KRAFT_VERSION:
      return { type: "kraftVersion", kraftVersion: decode(KRaftVersionRecord, version, value).kRaftVersion };
    case ControlRecordType.KRAFT_VOTERS:
      return { type: "voters", voters: decode(VotersRecord, version, value).voters.map(voterNode) };
    default:
      return undefined;
  }
}

type VoterFields = VotersRecord["voters"][number];

function voterFields(voter: VoterNode): VoterFields {
  return {
    voterId: voter.id,
    voterDirectoryId: voter.directoryId,
    endpoints: voter.endpoints,
    kRaftVersionFeature: {
      minSupportedVersion: voter.supportedKRaftVersion.min,
      maxSupportedVersion: voter.supportedKRaftVersion.max,
    },
  };
}

function voterNode(fields: VoterFields): VoterNode {
  const { minSupportedVersion, maxSupportedVersion } = fields.kRaftVersionFeature;
  return {
    id: fields.voterId,
    directoryId: fields.voterDirectoryId,
    endpoints: fields.endpoints.map(({ name, host, port }) => ({ name, host, port })),
    supportedKRaftVersion: { min: minSupportedVersion, max: maxSupportedVersion },
  };
}
