import { atLeast, int, javaClass, list, long, string } from "../definition.ts";

/** Metrics and quota windows. */
export const metricsConfigs = {
  "metric.reporters": list(["org.apache.kafka.common.metrics.JmxReporter"], {
    importance: "low",
    update: "cluster-wide",
    documentation: "Java classes that report metrics. Metrics are served over HTTP here: see `polylog.http.listeners`.",
  }),
  "metrics.num.samples": int(2, {
    importance: "low",
    allowed: atLeast(1),
    documentation: "How many samples Kafka's own metrics keep.",
  }),
  "metrics.sample.window.ms": long(30_000, {
    importance: "low",
    allowed: atLeast(1),
    documentation: "The length of a sample of Kafka's own metrics, in milliseconds.",
  }),
  "metrics.recording.level": string("INFO", {
    importance: "low",
    documentation: "Which of Kafka's own metrics are recorded.",
  }),
  "kafka.metrics.reporters": list([], {
    importance: "low",
    documentation: "Java classes that report the older metrics.",
  }),
  "kafka.metrics.polling.interval.secs": int(10, {
    importance: "low",
    allowed: atLeast(1),
    documentation: "How often those classes report, in seconds.",
  }),
  "quota.window.num": int(11, {
    importance: "low",
    allowed: atLeast(1),
    documentation: "How many samples client quotas keep.",
  }),
  "quota.window.size.seconds": int(1, {
    importance: "low",
    allowed: atLeast(1),
    documentation: "The length of a sample of client quotas, in seconds.",
  }),
  "controller.quota.window.num": int(11, {
    importance: "low",
    allowed: atLeast(1),
    documentation: "How many samples the quota of controller mutations keeps.",
  }),
  "controller.quota.window.size.seconds": int(1, {
    importance: "low",
    allowed: atLeast(1),
    documentation: "The length of a sample of the quota of controller mutations, in seconds.",
  }),
  "replication.quota.window.num": int(11, {
    importance: "low",
    allowed: atLeast(1),
    supported: true,
    documentation: "How many samples the quota of replication keeps.",
  }),
  "replication.quota.window.size.seconds": int(1, {
    importance: "low",
    allowed: atLeast(1),
    supported: true,
    documentation: "The length of a sample of the quota of replication, in seconds.",
  }),
  "alter.log.dirs.replication.quota.window.num": int(11, {
    importance: "low",
    supported: true,
    allowed: atLeast(1),
    documentation: "How many samples the quota of moves between log directories keeps.",
  }),
  "alter.log.dirs.replication.quota.window.size.seconds": int(1, {
    importance: "low",
    supported: true,
    allowed: atLeast(1),
    documentation: "The length of a sample of the quota of moves between log directories, in seconds.",
  }),
  "client.quota.callback.class": javaClass(null, {
    importance: "low",
    documentation: "A Java class that decides client quotas.",
  }),
};
