import type { MetadataRecord } from "../protocol/metadata-records/index.ts";
import type { Runtime } from "../runtime.ts";
import type { RaftListener } from "./raft-listener.ts";
import type { VoterNode } from "./voter-set.ts";

export type RaftRuntime = Pick<Runtime, "clock" | "files" | "checksums" | "compression" | "log" | "fatal">;

export interface RaftDriverOptions {
  readonly runtime: RaftRuntime;
  /** `metadata.log.dir`, formatted; the log is in its `__cluster_metadata-0`. */
  readonly metadataLogDir: string;
  /** This replica of the metadata log. */
  readonly local: VoterNode;
  /** `controller.quorum.voters`: a quorum of kraft.version 0; undefined when the log or its snapshot holds the voters. */
  readonly staticVoters?: readonly VoterNode[];
}

/** The metadata log of this node: what {@link Raft} decides, this does. */
export declare class RaftDriver {
  /** Loads snapshot, log and quorum-state. */
  static load(options: RaftDriverOptions): Promise<RaftDriver>;

  readonly nodeId: number;
  readonly epoch: number;
  /** -1 when nobody is known to lead. */
  readonly leaderId: number;
  readonly highWatermark: number | undefined;
  /** Where the next batch goes. */
  readonly logEndOffset: number;
  /** The records of the bootstrap snapshot, for the first leader of a new cluster. */
  readonly bootstrapRecords: readonly MetadataRecord[];

  register(listener: RaftListener): void;
  /** Takes part in elections from now on; listeners hear of the leader. */
  start(): void;
  /** Appends one batch when this node leads in `epoch`; answers its first offset, undefined when it does not lead. */
  append(epoch: number, records: readonly MetadataRecord[]): number | undefined;
  describe(): QuorumDescription;
  close(): Promise<void>;
}

/** What DescribeQuorum tells. */
export interface QuorumDescription {
  readonly leaderId: number;
  readonly epoch: number;
  /** -1 while unknown. */
  readonly highWatermark: number;
  readonly voters: readonly ReplicaState[];
  readonly observers: readonly ReplicaState[];
  readonly nodes: readonly VoterNode[];
}

export interface ReplicaState {
  readonly id: number;
  readonly directoryId: string;
  readonly logEndOffset: number;
  /** Wall-clock milliseconds, -1 while unknown. */
  readonly lastFetchTimestampMs: number;
  readonly lastCaughtUpTimestampMs: number;
}
