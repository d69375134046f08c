import type { Config } from "../config/config.ts";
import type { Controller } from "../controller/controller.ts";
import { internalContext } from "../controller/controller-request-context.ts";
import { MAX_RECORDS_PER_BATCH } from "../controller/decision.ts";
import type { MetadataImage } from "../controller/metadata-image.ts";
import { topicNameProblem } from "../controller/topic-name.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import {
  INTERNAL_TOPICS,
  OFFSETS_TOPIC,
  SHARE_GROUP_STATE_TOPIC,
  TRANSACTION_STATE_TOPIC,
} from "../protocol/internal-topics.ts";
import type { CreateTopicsRequest } from "../protocol/messages/create-topics.ts";
import type { Runtime } from "../runtime.ts";

const CREATE_TOPICS_VERSION = 7;

export interface TopicCreationOptions {
  readonly runtime: Pick<Runtime, "clock" | "log">;
  readonly config: Config;
  readonly controller: Controller;
  readonly metadata: () => MetadataImage;
}

type Done = (errorCode: number, message: string | null) => void;

/** How many topics may be in creation at clients' requests; names beyond this are ignored, and clients ask again. */
const MAX_IN_FLIGHT = 1_000;
const WARNING_INTERVAL_MS = 60_000;

/** Topics that the broker itself asks the controller to create: on a client's first use, and for its coordinators. */
export class TopicCreation {
  private readonly options: TopicCreationOptions;
  /** Callers waiting for each topic that is being created, so that a second request does not create it twice. */
  private readonly inFlight = new Map<string, Done[]>();
  /** By error code: when the last warning was written, and how many failures have not been reported since. */
  private readonly warnings = new Map<number, { readonly atMs: number; untoldCount: number }>();

  constructor(options: TopicCreationOptions) {
    this.options = options;
  }

  /** `auto.create.topics.enable`: asks the controller to create those that are missing; invalid names are ignored. */
  autoCreate(names: readonly string[]): void {
    const created: string[] = [];
    for (const name of names) {
      if (this.inFlight.size >= MAX_IN_FLIGHT) break;
      if (topicNameProblem(name) !== undefined || this.inFlight.has(name) || this.exists(name)) continue;
      this.inFlight.set(name, []);
      created.push(name);
    }
    if (created.length > 0) this.request(created);
  }

  /** `done` gets 0 when the topic exists now; otherwise an error code and a message. */
  create(name: string, done: Done): void {
    if (this.exists(name)) {
      done(ErrorCode.NONE, null);
      return;
    }
    const waiting = this.inFlight.get(name);
    if (waiting !== undefined) {
      waiting.push(done);
      return;
    }
    this.inFlight.set(name, [done]);
    this.request([name]);
  }

  private exists(name: string): boolean {
    return this.options.metadata().topics.byName(name) !== undefined;
  }

  private request(names: readonly string[]): void {
    const { controller, config } = this.options;
    const wanted = names.map((name) => topicToCreate(name, config));
    for (const topics of inBatches(wanted, config["num.partitions"])) {
      const request = { topics, timeoutMs: config["request.timeout.ms"], validateOnly: false };
      controller.createTopics(internalContext(CREATE_TOPICS_VERSION), request, (response) => {
        for (const { name, errorCode, errorMessage } of response.topics) {
          this.complete(name, errorCode ?? ErrorCode.NONE, errorMessage ?? null);
        }
      });
    }
  }

  private complete(name: string, errorCode: number, message: string | null): void {
    const exists = errorCode === ErrorCode.NONE || errorCode === ErrorCode.TOPIC_ALREADY_EXISTS;
    if (errorCode === ErrorCode.NONE) this.options.runtime.log.write("info", `Created topic ${name}`);
    else if (!exists) this.warn(name, errorCode, message);
    const waiting = this.inFlight.get(name)!;
    this.inFlight.delete(name);
    for (const done of waiting) done(exists ? ErrorCode.NONE : errorCode, exists ? null : message);
  }

  /** Clients ask again and again, many of them for many names: each kind of failure is logged once a minute. */
  private warn(name: string, errorCode: number, message: string | null): void {
    const { clock, log } = this.options.runtime;
    const nowMs = clock.elapsed();
    const last = this.warnings.get(errorCode);
    if (last !== undefined && nowMs - last.atMs < WARNING_INTERVAL_MS) {
      last.untoldCount++;
      return;
    }
    this.warnings.set(errorCode, { atMs: nowMs, untoldCount: 0 });
    const untoldCount = last?.untoldCount ?? 0;
    const untold = untoldCount === 0 ? "" : ` (and ${untoldCount} more like it since the last warning)`;
    log.write("warn", `Topic ${name} could not be created: ${message}${this.advice(name, errorCode)}${untold}`);
  }

  /** The usual reason on a first single node: Kafka's default replication of internal topics is 3. */
  private advice(name: string, errorCode: number): string {
    if (errorCode !== ErrorCode.INVALID_REPLICATION_FACTOR) return "";
    const key = REPLICATION_KEYS.get(name) ?? "default.replication.factor";
    return `. Start more brokers, or set ${key} to at most the number of brokers`;
  }
}

type NewTopic = CreateTopicsRequest["topics"][number];

/** Usually one request. More topics than fit one batch of records would be refused together, so those are split. */
function inBatches(topics: readonly NewTopic[], defaultPartitions: number): NewTopic[][] {
  const batches: NewTopic[][] = [];
  let remainingCount = 0;
  for (const topic of topics) {
    const { numPartitions } = topic;
    const partitionCount = numPartitions === AS_THE_CONTROLLER_HAS_IT ? defaultPartitions : numPartitions;
    const recordCount = 1 + topic.configs.length + partitionCount;
    if (batches.length === 0 || recordCount > remainingCount) {
      batches.push([]);
      remainingCount = MAX_RECORDS_PER_BATCH;
    }
    batches.at(-1)!.push(topic);
    remainingCount -= recordCount;
  }
  return batches;
}

function topicToCreate(name: string, config: Config): NewTopic {
  const { numPartitions, replicationFactor, configs } = INTERNAL_TOPICS.has(name)
    ? internalTopic(name, config)
    : plainTopic(config);
  return {
    name,
    numPartitions,
    replicationFactor,
    assignments: [],
    configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
  };
}

const REPLICATION_KEYS: ReadonlyMap<string, string> = new Map([
  [OFFSETS_TOPIC, "offsets.topic.replication.factor"],
  [TRANSACTION_STATE_TOPIC, "transaction.state.log.replication.factor"],
  [SHARE_GROUP_STATE_TOPIC, "share.coordinator.state.topic.replication.factor"],
]);

interface TopicSettings {
  readonly numPartitions: number;
  readonly replicationFactor: number;
  readonly configs: Readonly<Record<string, string>>;
}

/** Counts that are not set on this broker are left to the controller's own settings. */
const AS_THE_CONTROLLER_HAS_IT = -1;

function plainTopic(config: Config): TopicSettings {
  return {
    numPartitions: config.originals.has("num.partitions") ? config["num.partitions"] : AS_THE_CONTROLLER_HAS_IT,
    replicationFactor: config.originals.has("default.replication.factor")
      ? config["default.replication.factor"]
      : AS_THE_CONTROLLER_HAS_IT,
    configs: {},
  };
}

/** Settings that the internal topics are created with, whatever the defaults of the broker are. */
function internalTopic(name: string, config: Config): TopicSettings {
  if (name === OFFSETS_TOPIC) {
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
  if (name === TRANSACTION_STATE_TOPIC) {
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
