import type { MetadataImage } from "../../src/controller/metadata-image.ts";

/** What clients, disks and nodes have seen of a cluster, as it happened: what {@link Checker}s judge. */
export type ClusterEvent =
  | Acknowledged
  | SequenceRefused
  | Fetched
  | LeaderSeen
  | QuorumStateWritten
  | OffsetCommitted
  | CommittedOffsetSeen
  | Assigned
  | MetadataApplied
  | BitFlipped
  | BitRestored
  | NodeStarted
  | NodeRefused;

/** A produce request with acks=all was answered without an error. */
export interface Acknowledged {
  readonly type: "acknowledged";
  readonly partition: string;
  readonly nodeId: number;
  readonly baseOffset: number;
  readonly values: readonly string[];
}

/** A broker misses what comes before a batch, all of which was acknowledged. */
export interface SequenceRefused {
  readonly type: "sequence refused";
  readonly partition: string;
  readonly nodeId: number;
  /** The first one of the batch. */
  readonly value: string;
}

/** A fetch was answered without an error. */
export interface Fetched {
  readonly type: "fetched";
  readonly reader: string;
  /** For whose group it reads: its members go on from the last commit, and may read again what comes behind it. */
  readonly group?: string;
  readonly partition: string;
  readonly nodeId: number;
  /** The one the reader has named: the answer is valid in no other. */
  readonly leaderEpoch: number;
  readonly wantedOffset: number;
  readonly highWatermark: number;
  /** Up to the first batch that is damaged. */
  readonly records: readonly { readonly offset: number; readonly value: string }[];
  /** The first offset of a batch whose checksum was wrong: the reader has noticed. */
  readonly damagedOffset?: number;
}

/** A broker has told a client who leads a partition; never nobody. */
export interface LeaderSeen {
  readonly type: "leader seen";
  /** Of the topic: another one may have had the name. */
  readonly topicId: string;
  readonly partition: string;
  readonly leaderEpoch: number;
  readonly leaderId: number;
}

/** A node has written its `quorum-state`. */
export interface QuorumStateWritten {
  readonly type: "quorum state written";
  readonly nodeId: number;
  /** Of its disk: with another one it is another replica. */
  readonly directoryId: string;
  readonly epoch: number;
  /** -1 for nobody. */
  readonly leaderId: number;
  /** -1 for nobody. */
  readonly votedId: number;
}

/** The commit of an offset was answered without an error. */
export interface OffsetCommitted {
  readonly type: "offset committed";
  readonly group: string;
  readonly partition: string;
  readonly offset: number;
}

/** A coordinator has told the committed offset; `askedAfter` is the last one acknowledged before it was asked. */
export interface CommittedOffsetSeen {
  readonly type: "committed offset seen";
  readonly group: string;
  readonly partition: string;
  readonly offset: number;
  readonly askedAfter: number;
}

/** A member of a group was told which partitions it has. */
export interface Assigned {
  readonly type: "assigned";
  readonly group: string;
  readonly generationId: number;
  readonly memberId: string;
  readonly partitions: readonly number[];
}

/** A bit of a file that nobody has written is another. */
export interface BitFlipped {
  readonly type: "bit flipped";
  readonly nodeId: number;
  readonly damage: Damage;
}

/** Where it is. */
export interface Damage {
  readonly path: string;
  /** Of the batch; undefined in a file that is no log. */
  readonly batch?: { readonly partition: string; readonly baseOffset: number };
}

/** It is what it was, or what it was in is gone. */
export interface BitRestored {
  readonly type: "bit restored";
  readonly nodeId: number;
  readonly damage: Damage;
}

/** A node has found its data in order, and is up. */
export interface NodeStarted {
  readonly type: "node started";
  readonly nodeId: number;
}

/** A node did not start because of what it has found on its disk. */
export interface NodeRefused {
  readonly type: "node refused";
  readonly nodeId: number;
  readonly message: string;
}

/** A node has taken a step of the committed metadata. */
export interface MetadataApplied {
  readonly type: "metadata applied";
  readonly nodeId: number;
  readonly image: MetadataImage;
}
