import { ErrorCode } from "../protocol/error-codes.ts";
import type { ElectLeadersRequest, ElectLeadersResponse } from "../protocol/messages/elect-leaders.ts";
import type { MetadataRecord } from "../protocol/metadata-records/index.ts";
import type { Input } from "../protocol/schema.ts";
import { type ApiError, apiError, NO_ERROR } from "./api-error.ts";
import type { ClusterManager } from "./cluster-manager.ts";
import { answer, type Decision } from "./decision.ts";
import type { PartitionChanges } from "./partition-changes.ts";
import { hasPreferredLeader, NO_LEADER, type PartitionRegistration } from "./partition-registration.ts";
import type { Topic, TopicManager } from "./topic-manager.ts";

type Response = Input<typeof ElectLeadersResponse>;

const ElectionType = { PREFERRED: 0, UNCLEAN: 1 } as const;

/** How many leaders one pass of a periodic task elects; when there may be more, the next one follows at once. */
export const MAX_ELECTIONS_PER_PASS = 1000;

/** Who leads which partition when brokers come and go, and when a client asks for an election. */
export class LeaderElections {
  readonly #topics: TopicManager;
  readonly #cluster: ClusterManager;
  readonly #changes: PartitionChanges;

  constructor(options: { topics: TopicManager; cluster: ClusterManager; changes: PartitionChanges }) {
    this.#topics = options.topics;
    this.#cluster = options.cluster;
    this.#changes = options.changes;
  }

  /** The broker leaves every ISR, and leads nothing any more. */
  brokerGone(brokerId: number): MetadataRecord[] {
    return this.#change(brokerId, (partition) => partition.isr.includes(brokerId), {
      targetIsr: (partition) => partition.isr.filter((id) => id !== brokerId),
      canLead: (id) => id !== brokerId && this.#cluster.isActive(id),
    });
  }

  /** As {@link brokerGone}, and it may have lost what it had acknowledged: it is no longer eligible either. */
  brokerStoppedUncleanly(brokerId: number): MetadataRecord[] {
    const involved = ({ isr, elr }: PartitionRegistration) => isr.includes(brokerId) || elr.includes(brokerId);
    return this.#change(brokerId, involved, {
      targetIsr: (partition) => partition.isr.filter((id) => id !== brokerId),
      canLead: (id) => id !== brokerId && this.#cluster.isActive(id),
      uncleanShutdown: [brokerId],
    });
  }

  /** The broker may lead from now on: partitions without a leader get it back. */
  brokerUnfenced(brokerId: number): MetadataRecord[] {
    return this.#change(brokerId, (partition) => partition.leader === NO_LEADER, {
      canLead: (id) => id === brokerId || this.#cluster.isActive(id),
    });
  }

  /** Partitions in these directories of the broker are lost for now. */
  directoriesOffline(brokerId: number, directories: readonly string[]): MetadataRecord[] {
    const inDirectory = (partition: PartitionRegistration) =>
      directories.includes(partition.directories[partition.replicas.indexOf(brokerId)] ?? "");
    return this.#change(brokerId, (partition) => partition.isr.includes(brokerId) && inDirectory(partition), {
      targetIsr: (partition) => partition.isr.filter((id) => id !== brokerId),
      canLead: (id) => id !== brokerId && this.#cluster.isActive(id),
    });
  }

  /** These replicas of the broker, by topic id, are in no directory that works. */
  replicasLost(brokerId: number, lost: ReadonlyMap<string, ReadonlySet<number>>): MetadataRecord[] {
    if (lost.size === 0) return [];
    const isLost = (partition: PartitionRegistration, topic: Topic) =>
      partition.isr.includes(brokerId) && (lost.get(topic.id)?.has(partition.partitionId) ?? false);
    return this.#change(brokerId, isLost, {
      targetIsr: (partition) => partition.isr.filter((id) => id !== brokerId),
      canLead: (id) => id !== brokerId && this.#cluster.isActive(id),
    });
  }

  /** Partitions led by another than their first replica, back to it where it is in sync. */
  preferredLeaders(): MetadataRecord[] {
    const records: MetadataRecord[] = [];
    for (const topic of this.#topics.all()) {
      for (const partition of topic.partitions.values()) {
        if (records.length >= MAX_ELECTIONS_PER_PASS) return records;
        if (hasPreferredLeader(partition)) continue;
        const record = this.#changes.change(topic, partition, { election: "preferred" });
        if (record !== undefined) records.push(record);
      }
    }
    return records;
  }

  /** `unclean.leader.election.enable`: partitions that nobody in sync is left of. */
  uncleanLeaders(): MetadataRecord[] {
    const records: MetadataRecord[] = [];
    for (const topic of this.#topics.all()) {
      if (this.#changes.electionOf(topic) !== "unclean") continue;
      for (const partition of topic.partitions.values()) {
        if (records.length >= MAX_ELECTIONS_PER_PASS) return records;
        if (partition.leader !== NO_LEADER) continue;
        const record = this.#changes.change(topic, partition, { election: "unclean" });
        if (record !== undefined) records.push(record);
      }
    }
    return records;
  }

  electLeaders(request: ElectLeadersRequest): Decision<Response> {
    const { electionType } = request;
    if (electionType !== ElectionType.PREFERRED && electionType !== ElectionType.UNCLEAN) {
      return answer(
        electLeadersFailed(request, apiError(ErrorCode.INVALID_REQUEST, `Unknown election type ${electionType}`)),
      );
    }
    const records: MetadataRecord[] = [];
    const all = request.topicPartitions === null;
    const requested = request.topicPartitions ?? allPartitions(this.#topics);
    const results = requested.map(({ topic, partitions }) => ({
      topic,
      partitionResult: partitions
        .map((partitionId) => ({ partitionId, ...this.#electLeader(topic, partitionId, electionType, records) }))
        .filter((result) => !all || result.errorCode !== ErrorCode.ELECTION_NOT_NEEDED),
    }));
    return {
      records,
      response: { throttleTimeMs: 0, errorCode: ErrorCode.NONE, replicaElectionResults: results },
      isSplittable: true,
    };
  }

  #electLeader(name: string, partitionId: number, electionType: number, records: MetadataRecord[]): ApiError {
    const topic = this.#topics.byName(name);
    if (topic === undefined) return apiError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `No such topic as ${name}`);
    const partition = topic.partitions.get(partitionId);
    if (partition === undefined) {
      return apiError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `No such partition as ${name}-${partitionId}`);
    }
    const preferred = electionType === ElectionType.PREFERRED;
    if (preferred ? hasPreferredLeader(partition) : partition.leader !== NO_LEADER) {
      return apiError(ErrorCode.ELECTION_NOT_NEEDED, "Leader election not needed for topic partition.");
    }
    const record = this.#changes.change(topic, partition, { election: preferred ? "preferred" : "unclean" });
    if (record === undefined) {
      return preferred
        ? apiError(ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE, "The preferred leader was not available.")
        : apiError(ErrorCode.ELIGIBLE_LEADERS_NOT_AVAILABLE, "Eligible topic partition leaders are not available.");
    }
    records.push(record);
    return NO_ERROR;
  }

  #change(
    brokerId: number,
    involved: (partition: PartitionRegistration, topic: Topic) => boolean,
    plan: ChangePlan,
  ): MetadataRecord[] {
    const records: MetadataRecord[] = [];
    for (const [topic, partition] of this.#topics.partitionsWithReplica(brokerId)) {
      if (!involved(partition, topic)) continue;
      const target = {
        election: this.#changes.electionOf(topic),
        isr: plan.targetIsr?.(partition),
        uncleanShutdown: plan.uncleanShutdown,
      };
      const record = this.#changes.change(topic, partition, target, plan.canLead);
      if (record !== undefined) records.push(record);
    }
    return records;
  }
}

interface ChangePlan {
  readonly targetIsr?: (partition: PartitionRegistration) => readonly number[];
  readonly canLead: (id: number) => boolean;
  readonly uncleanShutdown?: readonly number[];
}

export function electLeadersFailed(request: ElectLeadersRequest, error: ApiError): Response {
  return {
    throttleTimeMs: 0,
    errorCode: error.errorCode,
    replicaElectionResults: (request.topicPartitions ?? []).map(({ topic, partitions }) => ({
      topic,
      partitionResult: partitions.map((partitionId) => ({ partitionId, ...error })),
    })),
  };
}

function allPartitions(topics: TopicManager): { topic: string; partitions: number[] }[] {
  return [...topics.all()].map(({ name, partitions }) => ({ topic: name, partitions: [...partitions.keys()] }));
}
