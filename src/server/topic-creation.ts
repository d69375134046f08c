import type { Config } from "../config/config.ts";
import type { Controller } from "../controller/controller.ts";
import { internalContext } from "../controller/controller-request-context.ts";
import type { MetadataImage } from "../controller/metadata-image.ts";
import { INTERNAL_TOPICS, topicNameProblem } from "../controller/topic-name.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import type { CreateTopicsRequest } from "../protocol/messages/create-topics.ts";
import type { Runtime } from "../runtime.ts";

const CREATE_TOPICS_VERSION = 7;

export interface TopicCreationOptions {
  readonly runtime: Pick<Runtime, "log">;
  readonly config: Config;
  readonly controller: Controller;
  readonly metadata: () => MetadataImage;
}

type Done = (errorCode: number, message: string | null) => void;

/** Topics that the broker itself asks the controller to create: on a client's first use, and for its coordinators. */
export class TopicCreation {
  private readonly options: TopicCreationOptions;
  /** Who waits for each topic that is being created; a second request for it does not create it twice. */
  private readonly inFlight = new Map<string, Done[]>();

  constructor(options: TopicCreationOptions) {
    this.options = options;
  }

  /** `auto.create.topics.enable`: names that are not valid are left alone. */
  autoCreate(names: readonly string[]): void {
    for (const name of names) {
      if (topicNameProblem(name) === undefined) this.create(name, () => {});
    }
  }

  /** `done` gets 0 when the topic exists now, or why it does not. */
  create(name: string, done: Done): void {
    if (this.options.metadata().topics.byName(name) !== undefined) {
      done(ErrorCode.NONE, null);
      return;
    }
    const waiting = this.inFlight.get(name);
    if (waiting !== undefined) {
      waiting.push(done);
      return;
    }
    this.inFlight.set(name, [done]);
    this.options.controller.createTopics(internalContext(CREATE_TOPICS_VERSION), this.requestFor(name), (response) => {
      const { errorCode, errorMessage } = response.topics[0]!;
      this.complete(name, errorCode ?? ErrorCode.NONE, errorMessage ?? null);
    });
  }

  private complete(name: string, errorCode: number, message: string | null): void {
    const exists = errorCode === ErrorCode.NONE || errorCode === ErrorCode.TOPIC_ALREADY_EXISTS;
    const { log } = this.options.runtime;
    if (errorCode === ErrorCode.NONE) log.write("info", `Created topic ${name}`);
    else if (!exists)
      log.write("warn", `Topic ${name} could not be created: ${message}${this.advice(name, errorCode)}`);
    const waiting = this.inFlight.get(name)!;
    this.inFlight.delete(name);
    for (const done of waiting) done(exists ? ErrorCode.NONE : errorCode, exists ? null : message);
  }

  /** The usual reason on a first single node: Kafka's default replication of internal topics is 3. */
  private advice(name: string, errorCode: number): string {
    if (errorCode !== ErrorCode.INVALID_REPLICATION_FACTOR) return "";
    const key = REPLICATION_KEYS.get(name) ?? "default.replication.factor";
    return `. Start more brokers, or set ${key} to at most the number of brokers`;
  }

  private requestFor(name: string): CreateTopicsRequest {
    const { numPartitions, replicationFactor, configs } = INTERNAL_TOPICS.has(name)
      ? internalTopic(name, this.options.config)
      : plainTopic(this.options.config);
    return {
      topics: [
        {
          name,
          numPartitions,
          replicationFactor,
          assignments: [],
          configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
        },
      ],
      timeoutMs: this.options.config["request.timeout.ms"],
      validateOnly: false,
    };
  }
}

const REPLICATION_KEYS: ReadonlyMap<string, string> = new Map([
  ["__consumer_offsets", "offsets.topic.replication.factor"],
  ["__transaction_state", "transaction.state.log.replication.factor"],
  ["__share_group_state", "share.coordinator.state.topic.replication.factor"],
]);

interface TopicSettings {
  readonly numPartitions: number;
  readonly replicationFactor: number;
  readonly configs: Readonly<Record<string, string>>;
}

function plainTopic(config: Config): TopicSettings {
  return {
    numPartitions: config["num.partitions"],
    replicationFactor: config["default.replication.factor"],
    configs: {},
  };
}

/** Settings that the internal topics are created with, whatever the defaults of the broker are. */
function internalTopic(name: string, config: Config): TopicSettings {
  if (name === "__consumer_offsets") {
    return {
      numPartitions: config["offsets.topic.num.partitions"],
      replicationFactor: config["offsets.topic.replication.factor"],
      configs: {
        "cleanup.policy": "compact",
        "compression.type": "producer",
        "segment.bytes": String(config["offsets.topic.segment.bytes"]),
      },
    };
  }
  if (name === "__transaction_state") {
    return {
      numPartitions: config["transaction.state.log.num.partitions"],
      replicationFactor: config["transaction.state.log.replication.factor"],
      configs: {
        "cleanup.policy": "compact",
        "compression.type": "uncompressed",
        "min.insync.replicas": String(config["transaction.state.log.min.isr"]),
        "segment.bytes": String(config["transaction.state.log.segment.bytes"]),
        "unclean.leader.election.enable": "false",
      },
    };
  }
  return {
    numPartitions: config["share.coordinator.state.topic.num.partitions"],
    replicationFactor: config["share.coordinator.state.topic.replication.factor"],
    configs: {
      "cleanup.policy": "delete",
      "compression.type": "none",
      "min.insync.replicas": String(config["share.coordinator.state.topic.min.isr"]),
      "retention.ms": "-1",
      "segment.bytes": String(config["share.coordinator.state.topic.segment.bytes"]),
    },
  };
}
