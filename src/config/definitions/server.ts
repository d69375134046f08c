import {
  atLeast,
  boolean,
  int,
  javaClass,
  LONG_MAX,
  list,
  long,
  oneOf,
  range,
  rangeOrDefault,
  someOf,
  string,
} from "../definition.ts";

/** The node itself, its limits, and the defaults of new topics. */
export const serverConfigs = {
  "process.roles": list(undefined, {
    importance: "high",
    allowed: someOf("broker", "controller"),
    supported: true,
    documentation: "What this process is: `broker`, `controller` or both, separated by a comma.",
  }),
  "node.id": int(undefined, {
    importance: "high",
    allowed: atLeast(0),
    supported: true,
    documentation: "The number of this node in the cluster. Every broker and controller needs its own.",
  }),
  "broker.id": int(-1, {
    importance: "high",
    supported: true,
    documentation: "The older name of `node.id`. When both are given they must be equal.",
  }),
  "broker.rack": string(null, {
    importance: "medium",
    supported: true,
    documentation:
      "The rack (or availability zone) of this broker. Clients see it in metadata, and replicas are spread over racks.",
  }),
  "background.threads": int(10, {
    importance: "high",
    allowed: atLeast(1),
    update: "cluster-wide",
    documentation: "Threads for background work in Kafka; here background work shares the event loop.",
  }),
  "num.io.threads": int(8, {
    importance: "high",
    allowed: atLeast(1),
    update: "cluster-wide",
    documentation: "Request threads in Kafka; here one event loop serves all requests.",
  }),
  "num.network.threads": int(3, {
    importance: "high",
    allowed: atLeast(1),
    update: "cluster-wide",
    documentation: "Network threads per listener in Kafka; here one event loop serves all connections.",
  }),
  "request.timeout.ms": int(30_000, {
    importance: "high",
    supported: true,
    documentation: "How long a request of this broker to another one may take, in milliseconds.",
  }),
  "message.max.bytes": int(1_048_588, {
    importance: "high",
    allowed: atLeast(0),
    update: "cluster-wide",
    supported: true,
    documentation:
      "The largest record batch, after compression, that a topic takes unless it sets `max.message.bytes`.",
  }),
  "max.decompressed.message.bytes": int(2_147_483_639, {
    importance: "medium",
    allowed: range(1, 2_147_483_639),
    update: "cluster-wide",
    supported: true,
    documentation:
      "The largest record of a compressed batch, in bytes without compression: a batch with a larger one is refused with INVALID_RECORD, and a search by timestamp that meets one fails. It does not apply to batches without compression.",
  }),
  "fetch.max.bytes": int(57_671_680, {
    importance: "medium",
    allowed: atLeast(1024),
    supported: true,
    documentation:
      "The most bytes that one Fetch answers, whatever the client asks for. A first batch that is larger is still sent whole.",
  }),
  "max.incremental.fetch.session.cache.slots": int(1000, {
    importance: "medium",
    allowed: atLeast(0),
    supported: true,
    documentation:
      "How many incremental fetch sessions are kept at a time: in eight parts, each with an eighth of them, which new sessions try in turn.",
  }),
  "max.request.partition.size.limit": int(2000, {
    importance: "medium",
    allowed: atLeast(1),
    supported: true,
    documentation: "The most partitions that one DescribeTopicPartitions page answers.",
  }),
  "initial.broker.registration.timeout.ms": int(60_000, {
    importance: "medium",
    supported: true,
    documentation:
      "How long a starting broker tries to register with the controller before it gives up, in milliseconds.",
  }),
  "broker.heartbeat.interval.ms": int(2000, {
    importance: "medium",
    supported: true,
    documentation: "How often a broker sends a heartbeat to the controller, in milliseconds.",
  }),
  "broker.session.timeout.ms": int(9000, {
    importance: "medium",
    supported: true,
    documentation: "How long the controller waits for a heartbeat before it fences a broker, in milliseconds.",
  }),
  "controlled.shutdown.enable": boolean(true, {
    importance: "medium",
    supported: true,
    documentation: "Whether a stopping broker hands its leaderships over first.",
  }),
  "controller.socket.timeout.ms": int(30_000, {
    importance: "medium",
    documentation: "How long a request to the controller may take, in milliseconds.",
  }),
  "server.max.startup.time.ms": long(LONG_MAX, {
    importance: "medium",
    allowed: atLeast(0),
    internal: true,
    documentation: "How long the start may take before the process gives up, in milliseconds.",
  }),
  "delete.topic.enable": boolean(true, {
    importance: "high",
    supported: true,
    documentation: "Whether topics can be deleted. When false, DeleteTopics is refused.",
  }),
  "auto.create.topics.enable": boolean(true, {
    importance: "high",
    supported: true,
    documentation: "Whether asking for the metadata of a topic that does not exist creates it.",
  }),
  "num.partitions": int(1, {
    importance: "medium",
    allowed: atLeast(1),
    supported: true,
    documentation: "The number of partitions of a topic that is created without saying how many.",
  }),
  "default.replication.factor": int(1, {
    importance: "medium",
    supported: true,
    documentation: "The replication factor of a topic that is created without saying one.",
  }),
  "create.topic.policy.class.name": javaClass(null, {
    importance: "low",
    documentation: "A Java class that judges topic creations.",
  }),
  "alter.config.policy.class.name": javaClass(null, {
    importance: "low",
    documentation: "A Java class that judges configuration changes.",
  }),
  "compression.type": string("producer", {
    importance: "high",
    allowed: oneOf("uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"),
    update: "cluster-wide",
    supported: true,
    documentation:
      "How batches are compressed on disk: `producer` keeps what the producer chose, another value recompresses.",
  }),
  "compression.gzip.level": int(-1, {
    importance: "medium",
    allowed: rangeOrDefault(1, 9),
    update: "cluster-wide",
    supported: true,
    documentation: "The level that the broker compresses with when `compression.type` is gzip.",
  }),
  "compression.lz4.level": int(9, {
    importance: "medium",
    allowed: range(1, 17),
    update: "cluster-wide",
    documentation: "The level used when `compression.type` is lz4. It is checked; Polylog's LZ4 has one level.",
  }),
  "compression.zstd.level": int(3, {
    importance: "medium",
    allowed: range(-131_072, 22),
    update: "cluster-wide",
    supported: true,
    documentation: "The level that the broker compresses with when `compression.type` is zstd.",
  }),
  "config.providers": list([], {
    importance: "low",
    update: "cluster-wide",
    documentation: "Java classes that resolve placeholders in values.",
  }),
  "unstable.api.versions.enable": boolean(false, {
    importance: "high",
    internal: true,
    documentation: "Whether API versions that are still in development are advertised.",
  }),
  "unstable.feature.versions.enable": boolean(false, {
    importance: "high",
    internal: true,
    documentation: "Whether feature levels that are still in development can be used.",
  }),
  "telemetry.max.bytes": int(1_048_576, {
    importance: "low",
    allowed: atLeast(1),
    documentation: "The largest client telemetry payload that is taken.",
  }),
};
