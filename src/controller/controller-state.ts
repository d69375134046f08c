import type { Config } from "../config/config.ts";
import { ConfigResourceType } from "../protocol/config-resource-type.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import type { MetadataRecord } from "../protocol/metadata-records/index.ts";
import { Timeline } from "../timeline/timeline.ts";
import { type ApiError, apiError } from "./api-error.ts";
import { BrokerLife } from "./broker-life.ts";
import { BrokerSessions } from "./broker-sessions.ts";
import { ClusterManager } from "./cluster-manager.ts";
import { ConfigManager } from "./config-manager.ts";
import { type ConfigRules, createConfigRules } from "./config-rules.ts";
import { FeatureManager, type QuorumVersion } from "./feature-manager.ts";
import { LeaderElections } from "./leader-elections.ts";
import type { ConfigResource } from "./metadata-image.ts";
import { PartitionChanges } from "./partition-changes.ts";
import { ProducerIdManager } from "./producer-id-manager.ts";
import { TopicManager } from "./topic-manager.ts";

export interface ControllerStateOptions {
  readonly clusterId: string;
  readonly nodeId: number;
  readonly config: Config;
  readonly quorum: QuorumVersion;
}

/**
 * All the controller knows, by manager. It changes in {@link replay} only, at append when this node leads and at commit
 * when another does; what was not committed can be taken back.
 */
export class ControllerState {
  readonly rules: ConfigRules;
  readonly sessions: BrokerSessions;
  readonly features: FeatureManager;
  readonly cluster: ClusterManager;
  readonly configs: ConfigManager;
  readonly topics: TopicManager;
  readonly producerIds: ProducerIdManager;
  readonly changes: PartitionChanges;
  readonly elections: LeaderElections;
  readonly brokerLife: BrokerLife;
  readonly #timeline = new Timeline();
  #replayedEndOffset = 0;
  #committedEndOffset = 0;
  /** Where the metadata transaction began that is not ended yet (KIP-868). */
  #transactionStart: number | undefined = undefined;

  constructor({ clusterId, nodeId, config, quorum }: ControllerStateOptions) {
    const timeline = this.#timeline;
    this.rules = createConfigRules(config);
    this.sessions = new BrokerSessions(config["broker.session.timeout.ms"]);
    this.features = new FeatureManager({ timeline, nodeId, quorum });
    const { features, sessions } = this;
    this.cluster = new ClusterManager({ timeline, clusterId, features, sessions });
    this.configs = new ConfigManager({
      timeline,
      rules: this.rules,
      nodeId,
      elrEnabled: () => features.elrEnabled,
      missing: (resource) => this.#missing(resource),
    });
    this.topics = new TopicManager(timeline, (topic) => this.configs.topicRemoved(topic));
    this.producerIds = new ProducerIdManager(timeline);
    const { cluster, configs, topics } = this;
    this.changes = new PartitionChanges({ cluster, configs, features });
    this.elections = new LeaderElections({ topics, cluster, changes: this.changes });
    this.brokerLife = new BrokerLife({ cluster, topics, elections: this.elections, sessions });
  }

  /** Exclusive: the offset after the last record replayed. */
  get replayedEndOffset(): number {
    return this.#replayedEndOffset;
  }

  /** Of what was replayed when it was appended; undefined when all of it is committed. */
  get uncommittedEndOffset(): number | undefined {
    return this.#replayedEndOffset > this.#committedEndOffset ? this.#replayedEndOffset : undefined;
  }

  get hasOpenTransaction(): boolean {
    return this.#transactionStart !== undefined;
  }

  replay(entry: MetadataRecord, offset: number): void {
    this.#timeline.advance(offset);
    this.#replayedEndOffset = offset + 1;
    if (entry.type === "BeginTransactionRecord") {
      this.#transactionStart = offset;
    } else if (entry.type === "EndTransactionRecord") {
      this.#transactionStart = undefined;
    } else if (entry.type === "AbortTransactionRecord") {
      if (this.#transactionStart !== undefined) this.#timeline.revert(this.#transactionStart);
      this.#transactionStart = undefined;
    } else {
      this.features.replay(entry);
      this.cluster.replay(entry, offset);
      this.topics.replay(entry);
      this.configs.replay(entry);
      this.producerIds.replay(entry);
    }
  }

  /** Records of a transaction that is not ended yet can still be taken back. */
  commit(endOffset: number): void {
    this.#replayedEndOffset = Math.max(this.#replayedEndOffset, endOffset);
    this.#committedEndOffset = endOffset;
    this.#timeline.commit(Math.min(endOffset, this.#transactionStart ?? endOffset));
  }

  revert(endOffset: number): void {
    this.#timeline.revert(endOffset);
    this.#replayedEndOffset = endOffset;
    if (this.#transactionStart !== undefined && this.#transactionStart >= endOffset) this.#transactionStart = undefined;
  }

  /** Back to what is committed: another node leads now, and its log decides. */
  revertUncommitted(): void {
    this.revert(this.#committedEndOffset);
  }

  #missing({ type, name }: ConfigResource): ApiError | undefined {
    if (type === ConfigResourceType.TOPIC && this.topics.byName(name) === undefined) {
      return apiError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `The topic '${name}' does not exist.`);
    }
    if (type === ConfigResourceType.BROKER && name !== "") {
      const id = Number(name);
      if (this.cluster.broker(id) === undefined && !this.cluster.isController(id)) {
        return apiError(ErrorCode.BROKER_ID_NOT_REGISTERED, `No node with id ${name} found.`);
      }
    }
    return undefined;
  }
}
