import type { LogConfig } from "../log/log-config.ts";
import type { Log } from "../log/log.ts";
import type { LogManager } from "../log/log-manager.ts";
import type { Runtime } from "../runtime.ts";
import type { FetchParams } from "./fetch-params.ts";
import type { FetchPartition } from "./fetch-partition.ts";
import type { FetchSessionCache } from "./fetch-session-cache.ts";
import type { Partition } from "./partition.ts";
import type { ReplicaMetadata, ReplicaMetadataDelta } from "./replica-metadata.ts";

/** The settings of a topic that its replicas need. */
export type ReplicaConfig = LogConfig & { readonly "min.insync.replicas": number };

export interface ReplicaManagerOptions {
  readonly runtime: Pick<Runtime, "clock" | "random" | "log">;
  readonly nodeId: number;
  readonly logs: LogManager;
  /** The resolved settings of a topic by the newest metadata. */
  readonly configOf: (topic: string) => ReplicaConfig;
  /** `replica.lag.time.max.ms` */
  readonly replicaLagTimeMaxMs: number;
  /** `max.incremental.fetch.session.cache.slots` */
  readonly fetchSessionCacheSlots: number;
}

/** Told after the partition's own state has changed, and before those who wait for it are answered. */
export interface LeadershipListener {
  becameLeader?(partition: Partition): void;
  becameFollower?(partition: Partition): void;
  deleted?(partition: Partition): void;
}

/** All partitions that this broker has a replica of, and the requests that wait for them. */
export declare class ReplicaManager {
  readonly fetchSessions: FetchSessionCache;
  constructor(options: ReplicaManagerOptions);

  /** The replica here, or undefined: then {@link missingErrorCode} tells why. */
  partition(topic: string, index: number): Partition | undefined;
  partitionById(topicId: string, index: number): Partition | undefined;
  /** NOT_LEADER_OR_FOLLOWER when the partition lives elsewhere, UNKNOWN_TOPIC_OR_PARTITION when it does not exist. */
  missingErrorCode(topic: string, index: number): number;
  partitions(): IterableIterator<Partition>;

  /** Creates, leads, follows, stops and deletes replicas as the metadata says. Called once per step, in order. */
  applyMetadata(delta: ReplicaMetadataDelta, image: ReplicaMetadata): void;
  addLeadershipListener(listener: LeadershipListener): void;
  /** The directory of these logs has failed. */
  handleLogDirFailure(logs: readonly Log[]): void;

  /** Runs appends to several partitions and wakes those who wait for them once, at the end. */
  batch<T>(appends: () => T): T;
  /** Reads now, or later when `params.minBytes` are there or `params.maxWaitMs` are over; then calls `done` once. */
  fetch(params: FetchParams, partitions: readonly FetchPartition[], done: () => void): void;
}
