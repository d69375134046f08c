import type { Log } from "../log/log.ts";
import type { LogConfig } from "../log/log-config.ts";
import type { LogManager } from "../log/log-manager.ts";
import type { Slices } from "../log/slices.ts";
import { isSystemError } from "../log/storage-guard.ts";
import { ConfigResourceType } from "../protocol/config-resource-type.ts";
import { UNASSIGNED_DIRECTORY } from "../protocol/directory-id.ts";
import type { Runtime } from "../runtime.ts";
import type { HostedPartitions } from "./hosted-partitions.ts";
import { Partition, type PartitionOwner } from "./partition.ts";
import type { ReplicaMetadataDelta, TopicMetadata } from "./replica-metadata.ts";
import { namesReplica } from "./replication-quota.ts";

/** The settings of a topic that its replicas and their logs need. Of them only those of replication are used here. */
export type ReplicaConfig = LogConfig & {
  readonly "min.insync.replicas": number;
  readonly "leader.replication.throttled.replicas": readonly string[];
  readonly "follower.replication.throttled.replicas": readonly string[];
};

/** Told after the partition's own state has changed, and before those who wait for it are answered. */
export interface LeadershipListener {
  becameLeader?(partition: Partition): void;
  becameFollower?(partition: Partition): void;
  /** The metadata has this broker's replica in the log directory of this id, or in a placeholder. */
  assigned?(partition: Partition, directoryId: string): void;
  /** Deleted, moved away, or its directory failed. */
  stopped?(partition: Partition): void;
}

export interface ReplicaAssignmentOptions {
  readonly runtime: Pick<Runtime, "log">;
  readonly logs: LogManager;
  /** The resolved settings of a topic by the newest metadata. */
  readonly configOf: (topic: string) => ReplicaConfig;
}

/** How many leader epochs have begun in one step of the metadata. */
interface LeadershipChanges {
  led: number;
  followed: number;
}

/** Creates, leads, follows, stops and deletes replicas as the metadata says. */
export class ReplicaAssignment {
  private readonly options: ReplicaAssignmentOptions;
  private readonly owner: PartitionOwner;
  private readonly hosted: HostedPartitions;
  private readonly listeners: LeadershipListener[] = [];

  constructor(options: ReplicaAssignmentOptions, owner: PartitionOwner, hosted: HostedPartitions) {
    this.options = options;
    this.owner = owner;
    this.hosted = hosted;
  }

  addListener(listener: LeadershipListener): void {
    this.listeners.push(listener);
  }

  /** A slice for each change. */
  *apply(delta: ReplicaMetadataDelta): Slices<void> {
    // A topic created again under the name of a deleted one must find the name, and the directories, free.
    for (const [id, change] of delta.topics) {
      if (change.after !== undefined) continue;
      for (const partition of this.hosted.ofTopicId(id)) {
        this.stopReplica(partition);
        yield;
      }
    }
    const changes = { led: 0, followed: 0 };
    for (const change of delta.topics.values()) {
      if (change.after === undefined) continue;
      for (const index of change.partitions) {
        this.applyPartition(change.after, index, changes);
        yield;
      }
    }
    if (delta.configs.length > 0) yield* this.applyConfigs(delta.configs);
    if (delta.brokers.size > 0) for (const partition of this.hosted) partition.followersChanged();
    this.tell(changes);
  }

  /** The directory of these logs has failed. */
  handleLogDirFailure(logs: readonly Log[]): void {
    for (const log of logs) {
      const partition = this.hosted.get(log.topic, log.partition);
      if (partition === undefined || partition.log !== log) continue;
      partition.markOffline();
      for (const listener of this.listeners) listener.stopped?.(partition);
    }
  }

  private applyPartition(topic: TopicMetadata, index: number, changes: LeadershipChanges): void {
    const { nodeId } = this.owner;
    const metadata = topic.partitions[index];
    const hosted = this.hosted.getById(topic.id, index);
    if (metadata === undefined || !metadata.replicas.includes(nodeId)) {
      if (hosted !== undefined) this.stopReplica(hosted);
      return;
    }
    const partition = hosted ?? this.createPartition(topic, index);
    const directoryId = metadata.directories[metadata.replicas.indexOf(nodeId)];
    if (!partition.isOffline && partition.log === null) this.openLog(partition, directoryId);
    if (partition.log === null) return;
    if (directoryId !== undefined) for (const listener of this.listeners) listener.assigned?.(partition, directoryId);
    if (metadata.leader === nodeId) {
      if (!partition.makeLeader(metadata)) return;
      changes.led++;
      for (const listener of this.listeners) listener.becameLeader?.(partition);
    } else if (partition.makeFollower(metadata)) {
      changes.followed++;
      for (const listener of this.listeners) listener.becameFollower?.(partition);
    }
  }

  private tell({ led, followed }: LeadershipChanges): void {
    if (led + followed === 0) return;
    this.options.runtime.log.write("info", `New leader epochs: ${led} led here, ${followed} followed`);
  }

  private createPartition(topic: TopicMetadata, index: number): Partition {
    const partition = new Partition(this.owner, topic.name, topic.id, index);
    this.hosted.add(partition);
    return partition;
  }

  /** An I/O error here makes the directory's failure known to the log manager, too. */
  private openLog(partition: Partition, directoryId: string | undefined): void {
    const { logs, configOf, runtime } = this.options;
    const { topic, index, topicId } = partition;
    const directory = logs.logDirs.find((path) => directoryId !== undefined && logs.directoryId(path) === directoryId);
    const mayBeInFailedDirectory = logs.hasFailedDirectory && directoryId !== UNASSIGNED_DIRECTORY;
    if (logs.get(topic, index) === undefined && directory === undefined && mayBeInFailedDirectory) {
      runtime.log.write("warn", `${topic}-${index} is not served: its log may be in a log directory that has failed`);
      partition.markOffline();
      return;
    }
    try {
      partition.useLog(logs.getOrCreate(topic, index, topicId, directory));
      this.configure(partition, configOf(topic));
    } catch (error) {
      if (!isSystemError(error)) throw error;
      runtime.log.write("error", `Could not open the log of ${topic}-${index}: ${error.message}`);
      partition.markOffline();
    }
  }

  private stopReplica(partition: Partition): void {
    const { logs } = this.options;
    const hadLog = partition.log !== null;
    this.hosted.remove(partition);
    partition.delete();
    for (const listener of this.listeners) listener.stopped?.(partition);
    if (hadLog) logs.delete(partition.topic, partition.index);
    else logs.moves.cancel(partition.topic, partition.index);
  }

  private *applyConfigs(changes: ReplicaMetadataDelta["configs"]): Slices<void> {
    const partitions = new Set<Partition>();
    for (const change of changes) {
      if (change.type === ConfigResourceType.TOPIC)
        for (const partition of this.hosted.ofTopic(change.name)) partitions.add(partition);
      // The broker's own settings and the cluster-wide ones are the defaults of every topic.
      else if (change.type === ConfigResourceType.BROKER)
        for (const partition of this.hosted) partitions.add(partition);
    }
    for (const partition of partitions) {
      this.configure(partition, this.options.configOf(partition.topic));
      yield;
    }
  }

  private configure(partition: Partition, config: ReplicaConfig): void {
    const { nodeId } = this.owner;
    const isNamed = (list: readonly string[]) => namesReplica(list, partition.index, nodeId);
    partition.isThrottledLeader = isNamed(config["leader.replication.throttled.replicas"]);
    partition.isThrottledFollower = isNamed(config["follower.replication.throttled.replicas"]);
    partition.updateMinInsyncReplicas(config["min.insync.replicas"]);
  }
}
