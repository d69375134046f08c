import { AlterConfigsRequest } from "../../../src/protocol/messages/alter-configs.ts";
import { CreateTopicsRequest } from "../../../src/protocol/messages/create-topics.ts";
import { DescribeConfigsRequest } from "../../../src/protocol/messages/describe-configs.ts";
import { IncrementalAlterConfigsRequest } from "../../../src/protocol/messages/incremental-alter-configs.ts";
import { ListConfigResourcesRequest } from "../../../src/protocol/messages/list-config-resources.ts";
import type { Input } from "../../../src/protocol/schema.ts";
import { applied } from "./applied.ts";
import { type Scenario, type Transcript, versionsOf } from "./scenario.ts";

const TOPIC = 2;
const BROKER = 4;
const BROKER_LOGGER = 8;
const CLIENT_METRICS = 16;
const GROUP = 32;

const TOO_MANY_THREADS = "too many threads at once";
const TOO_FEW_THREADS = "too few threads at once";
const MORE_HERE_THAN_AT_ALL = "more kept here than at all";
const NO_SUCH_REPORTER = "no such reporter of metrics";
const NO_SUCH_LISTENERS = "no such listeners";
const NO_CONNECTIONS = "no connections";
/** Apache Kafka wraps these reasons into words of another error. */
export const REFUSED_BY_A_RUNNING_BROKER = [
  TOO_MANY_THREADS,
  TOO_FEW_THREADS,
  MORE_HERE_THAN_AT_ALL,
  NO_SUCH_REPORTER,
  NO_SUCH_LISTENERS,
  NO_CONNECTIONS,
];

type Resource = Input<typeof IncrementalAlterConfigsRequest>["resources"][number];

function incremental(transcript: Transcript, step: string, resources: Resource[], version = 1, validateOnly = false) {
  return transcript.ask(step, IncrementalAlterConfigsRequest, version, { resources, validateOnly });
}

const change = (
  resourceType: number,
  resourceName: string,
  ...configs: [string, number, string | null][]
): Resource => ({
  resourceType,
  resourceName,
  configs: configs.map(([name, configOperation, value]) => ({ name, configOperation, value })),
});

function describe(
  transcript: Transcript,
  step: string,
  resourceType: number,
  resourceName: string,
  keys: string[] | null,
) {
  return transcript.ask(step, DescribeConfigsRequest, 4, {
    resources: [{ resourceType, resourceName, configurationKeys: keys }],
    includeSynonyms: true,
    includeDocumentation: false,
  });
}

async function createTopic(transcript: Transcript, name: string) {
  await transcript.connection.ask(CreateTopicsRequest, 7, {
    topics: [
      {
        name,
        numPartitions: 1,
        replicationFactor: 1,
        assignments: [],
        configs: [{ name: "retention.ms", value: "5000" }],
      },
    ],
    timeoutMs: 10_000,
  });
  await applied(transcript.connection);
}

export const configScenarios: Scenario[] = [
  {
    name: "a topic's settings are described alike",
    async run(transcript) {
      await createTopic(transcript, "sbs-config");
      await describe(transcript, "all", TOPIC, "sbs-config", null);
      await describe(transcript, "some", TOPIC, "sbs-config", ["retention.ms", "segment.bytes", "no.such.key"]);
      await describe(transcript, "of a missing topic", TOPIC, "sbs-none", null);
      await describe(transcript, "of an invalid name", TOPIC, "a b", null);
      await describe(transcript, "of an empty name", TOPIC, "", null);
      for (const version of versionsOf(DescribeConfigsRequest)) {
        await transcript.ask("every version", DescribeConfigsRequest, version, {
          resources: [
            { resourceType: TOPIC, resourceName: "sbs-config", configurationKeys: ["retention.ms", "cleanup.policy"] },
          ],
          includeSynonyms: version % 2 === 0,
        });
      }
      await describe(transcript, "an unknown type", 99, "x", null);
      await transcript.ask("an unknown type", DescribeConfigsRequest, 4, {
        resources: [
          { resourceType: TOPIC, resourceName: "sbs-config", configurationKeys: ["retention.ms"] },
          { resourceType: 99, resourceName: "x", configurationKeys: null },
        ],
      });
      await describe(transcript, "an unknown broker", BROKER, "77", null);
      await describe(transcript, "not a broker", BROKER, "one", null);
      await describe(transcript, "the cluster's defaults", BROKER, "", null);
      await describe(transcript, "a group", GROUP, "sbs-group", null);
      await describe(transcript, "no group", GROUP, "", null);
      await describe(transcript, "the broker", BROKER, "1", [
        "log.retention.hours",
        "num.io.threads",
        "min.insync.replicas",
        "compression.type",
        "log.cleaner.threads",
        "message.max.bytes",
        "advertised.listeners.none",
      ]);
    },
  },
  {
    name: "settings change, or do not, alike",
    async run(transcript) {
      await createTopic(transcript, "sbs-alter");
      const attempt = (step: string, ...resources: Resource[]) => incremental(transcript, step, resources);
      const topic = (...configs: [string, number, string | null][]) => change(TOPIC, "sbs-alter", ...configs);
      await attempt("set", topic(["max.message.bytes", 0, "2000"]));
      await attempt("set and delete", topic(["max.message.bytes", 0, "3000"], ["retention.ms", 1, null]));
      await attempt("append", topic(["cleanup.policy", 2, "compact"]));
      await attempt("append again", topic(["cleanup.policy", 2, "compact"]));
      await attempt("subtract", topic(["cleanup.policy", 3, "delete"]));
      await attempt("append to a number", topic(["retention.ms", 2, "1"]));
      await attempt("an unknown operation", topic(["retention.ms", 9, "1"]));
      await attempt("an unknown key", topic(["no.such.key", 0, "1"]));
      await attempt("a bad value", topic(["retention.ms", 0, "x"]));
      await attempt("a null", topic(["retention.ms", 0, null]));
      await attempt("a key twice", topic(["retention.ms", 0, "1"], ["retention.ms", 0, "2"]));
      await attempt("a topic twice", topic(["retention.ms", 0, "1"]), topic(["retention.ms", 0, "2"]));
      await attempt("a missing topic", change(TOPIC, "sbs-none", ["retention.ms", 0, "1"]));
      await attempt("an unknown type", change(99, "x", ["retention.ms", 0, "1"]));
      await attempt("another broker", change(BROKER, "77", ["log.cleaner.threads", 0, "2"]));
      await attempt("not a broker", change(BROKER, "one", ["log.cleaner.threads", 0, "2"]));
      await attempt("a read-only key", change(BROKER, "1", ["log.dirs", 0, "/x"]));
      await attempt("a bad broker value", change(BROKER, "1", ["message.max.bytes", 0, "many"]));
      await attempt("this broker", change(BROKER, "1", ["message.max.bytes", 0, "2000000"]));
      await attempt("the cluster", change(BROKER, "", ["message.max.bytes", 0, "1500000"]));
      await attempt("a group", change(GROUP, "sbs-group", ["consumer.session.timeout.ms", 0, "50000"]));
      await attempt("a group, out of bounds", change(GROUP, "sbs-group", ["consumer.session.timeout.ms", 0, "1"]));
      await attempt("a group, an unknown key", change(GROUP, "sbs-group", ["x", 0, "1"]));
      await incremental(transcript, "validate only", [topic(["retention.ms", 0, "77"])], 1, true);
      await incremental(transcript, "version 0", [topic(["retention.ms", 0, "78"])], 0);
      await applied(transcript.connection);
      await describe(transcript, "after all", TOPIC, "sbs-alter", [
        "max.message.bytes",
        "cleanup.policy",
        "retention.ms",
      ]);
      await describe(transcript, "the broker after all", BROKER, "1", ["message.max.bytes"]);
      await describe(transcript, "the cluster after all", BROKER, "", ["message.max.bytes"]);
      await describe(transcript, "the group after all", GROUP, "sbs-group", ["consumer.session.timeout.ms"]);
      for (const version of versionsOf(AlterConfigsRequest)) {
        await transcript.ask("replace", AlterConfigsRequest, version, {
          resources: [
            { resourceType: TOPIC, resourceName: "sbs-alter", configs: [{ name: "segment.bytes", value: "2000000" }] },
          ],
          validateOnly: false,
        });
      }
      await applied(transcript.connection);
      await describe(transcript, "after the replacement", TOPIC, "sbs-alter", ["max.message.bytes", "segment.bytes"]);
      await attempt(
        "back",
        change(BROKER, "1", ["message.max.bytes", 1, null]),
        change(BROKER, "", ["message.max.bytes", 1, null]),
      );
    },
  },
  {
    name: "a running broker takes on changes alike",
    async run(transcript) {
      const attempt = async (step: string, ...configs: [string, number, string | null][]) => {
        await incremental(transcript, step, [change(BROKER, "1", ...configs)], 1, true);
        await incremental(transcript, `${step}, for all`, [change(BROKER, "", ...configs)], 1, true);
      };
      for (const name of [
        "num.io.threads",
        "num.network.threads",
        "num.replica.fetchers",
        "num.recovery.threads.per.data.dir",
        "background.threads",
        "remote.log.manager.copier.thread.pool.size",
        "remote.log.reader.threads",
      ]) {
        await attempt(TOO_MANY_THREADS, [name, 0, "100"]);
      }
      await attempt(TOO_FEW_THREADS, ["num.io.threads", 0, "3"]);
      await attempt("half of the threads", ["num.io.threads", 0, "4"]);
      await attempt("twice the threads", ["num.io.threads", 0, "16"]);
      await attempt(TOO_MANY_THREADS, ["log.cleaner.threads", 0, "3"]);
      await attempt("two cleaner threads", ["log.cleaner.threads", 0, "2"]);
      await attempt(MORE_HERE_THAN_AT_ALL, ["log.local.retention.ms", 0, "99999999999"]);
      await attempt(MORE_HERE_THAN_AT_ALL, ["log.local.retention.ms", 0, "-1"]);
      await attempt("less here than at all", ["log.local.retention.ms", 0, "5"]);
      await attempt(MORE_HERE_THAN_AT_ALL, ["log.retention.bytes", 0, "5"], ["log.local.retention.bytes", 0, "6"]);
      await attempt("unlimited", ["log.local.retention.bytes", 0, "6"]);
      await attempt(NO_SUCH_REPORTER, ["metric.reporters", 0, "no.such.Class"]);
      await attempt("no reporters", ["metric.reporters", 0, ""]);
      await attempt(NO_CONNECTIONS, ["max.connections", 0, "0"]);
      await attempt(NO_CONNECTIONS, ["listener.name.plaintext.max.connections", 0, "0"]);
      await attempt("none on a listener that is not there", ["listener.name.other.max.connections", 0, "0"]);
      await attempt("few on a listener", ["listener.name.plaintext.max.connections", 0, "5"]);
      await attempt("many on a listener", ["listener.name.plaintext.max.connections", 0, "many"]);
      await attempt("hosts that are not to be found", ["max.connections.per.ip.overrides", 0, "nobody.invalid:5"]);
      await attempt("a list with an entry twice", ["log.cleanup.policy", 0, "compact,compact"]);
      await attempt("throttled replicas twice", ["leader.replication.throttled.replicas", 0, "0:1,0:1"]);
      await attempt("no such class", ["principal.builder.class", 0, "no.such.Class"]);
      for (const listeners of ["X://127.0.0.1:1", "nonsense", "PLAINTEXT://127.0.0.1:1"]) {
        await incremental(transcript, NO_SUCH_LISTENERS, [change(BROKER, "1", ["listeners", 0, listeners])], 1, true);
      }
      await incremental(transcript, "no listeners", [change(BROKER, "1", ["listeners", 0, ""])], 1, true);
      for (const protocols of ["nonsense", "PLAINTEXT:SSL,CONTROLLER:PLAINTEXT", "PLAINTEXT:NONE"]) {
        const configs = change(BROKER, "1", ["listener.security.protocol.map", 0, protocols]);
        await incremental(transcript, NO_SUCH_LISTENERS, [configs], 1, true);
      }
      await transcript.ask(TOO_MANY_THREADS, AlterConfigsRequest, 2, {
        resources: [{ resourceType: BROKER, resourceName: "1", configs: [{ name: "num.io.threads", value: "99" }] }],
        validateOnly: true,
      });
    },
  },
  {
    name: "client metrics subscriptions are kept alike",
    async run(transcript) {
      const attempt = (step: string, ...configs: [string, number, string | null][]) =>
        incremental(transcript, step, [change(CLIENT_METRICS, "sbs-metrics", ...configs)]);
      await attempt("an unknown key", ["foo", 0, "1"]);
      await attempt("not a number", ["interval.ms", 0, "soon"]);
      await attempt("an empty number", ["interval.ms", 0, ""]);
      await attempt("too often", ["interval.ms", 0, "99"]);
      await attempt("too seldom", ["interval.ms", 0, "3600001"]);
      for (const match of [
        "bad",
        "=x",
        "client_id=",
        "client_id=a=b",
        "nobody=x",
        "client_id=(",
        "client_id=a,bad",
        " ",
      ]) {
        await attempt("not a pattern", ["match", 0, match]);
      }
      await attempt("patterns", ["match", 0, "client_id=^x$, client_source_port = [0-9]*"]);
      await attempt("Java's patterns", ["match", 0, "client_id=(?i)a*+,client_software_name=(?>a|b)"]);
      await attempt("no patterns", ["match", 0, ""]);
      await attempt("metrics", ["metrics", 0, "org.apache.kafka.producer., *,"]);
      await attempt("metrics", ["metrics", 0, "org.apache.kafka.producer., *"]);
      await attempt("the shortest", ["interval.ms", 0, "100"]);
      await attempt("the longest", ["interval.ms", 0, "3600000"]);
      await attempt("one more metric", ["metrics", 2, "b"]);
      await attempt("append to a number", ["interval.ms", 2, "5"]);
      await incremental(transcript, "of no name", [change(CLIENT_METRICS, "", ["interval.ms", 0, "500"])]);
      await incremental(transcript, "of no name, an unknown key", [change(CLIENT_METRICS, "", ["foo", 0, "500"])]);
      await incremental(transcript, "nothing", [change(CLIENT_METRICS, "sbs-nothing")]);
      await applied(transcript.connection);
      await describe(transcript, "all of it", CLIENT_METRICS, "sbs-metrics", null);
      await describe(transcript, "one of it", CLIENT_METRICS, "sbs-metrics", ["interval.ms"]);
      await describe(transcript, "what is not there", CLIENT_METRICS, "sbs-none", null);
      await describe(transcript, "what has no name", CLIENT_METRICS, "", null);
      await transcript.ask("listed", ListConfigResourcesRequest, 0, {});
      await transcript.ask("replaced", AlterConfigsRequest, 2, {
        resources: [
          { resourceType: CLIENT_METRICS, resourceName: "sbs-metrics", configs: [{ name: "metrics", value: "*" }] },
        ],
        validateOnly: false,
      });
      await applied(transcript.connection);
      await describe(transcript, "after the replacement", CLIENT_METRICS, "sbs-metrics", null);
      await attempt("deleted", ["metrics", 1, null]);
      await applied(transcript.connection);
      await describe(transcript, "after the end", CLIENT_METRICS, "sbs-metrics", null);
      await transcript.ask("not listed", ListConfigResourcesRequest, 0, {});
    },
  },
  {
    name: "what can be configured is listed alike",
    async run(transcript) {
      await transcript.ask("metrics subscriptions", ListConfigResourcesRequest, 0, {});
      for (const resourceTypes of [[16], [BROKER], [99]]) {
        await transcript.ask(`types ${resourceTypes}`, ListConfigResourcesRequest, 1, { resourceTypes });
      }
    },
  },
  {
    name: "the level of the log is described and altered alike",
    async run(transcript) {
      const set = (step: string, ...configs: [string, number, string | null][]) =>
        incremental(transcript, step, [change(BROKER_LOGGER, "1", ...configs)]);
      const level = (step: string) => describe(transcript, step, BROKER_LOGGER, "1", ["root"]);
      await set("alike", ["root", 0, "WARN"]);
      for (const version of versionsOf(DescribeConfigsRequest)) {
        await transcript.ask("every version", DescribeConfigsRequest, version, {
          resources: [{ resourceType: BROKER_LOGGER, resourceName: "1", configurationKeys: ["root"] }],
          includeSynonyms: true,
          includeDocumentation: version >= 3,
        });
      }
      await describe(transcript, "of no broker", BROKER_LOGGER, "", ["root"]);
      await describe(transcript, "of something else", BROKER_LOGGER, "one", ["root"]);
      await describe(transcript, "of another broker", BROKER_LOGGER, "77", ["root"]);
      await incremental(transcript, "tried", [change(BROKER_LOGGER, "1", ["root", 0, "WARN"])], 1, true);
      await level("as before");
      await set("set", ["root", 0, "WARN"]);
      await level("after it");
      await set("in small letters", ["root", 0, "error"]);
      await level("after small letters");
      await set("fatal", ["root", 0, "FATAL"]);
      await level("after fatal");
      await set("off", ["root", 0, "OFF"]);
      await set("no level", ["root", 0, "LOUD"]);
      await set("an empty level", ["root", 0, ""]);
      await set("null", ["root", 0, null]);
      await set("no logger", ["no.such.logger", 0, "INFO"]);
      await set("no logger to delete", ["no.such.logger", 1, null]);
      await set("one is wrong of two", ["root", 0, "DEBUG"], ["no.such.logger", 0, "INFO"]);
      await level("after one is wrong");
      await set("twice", ["root", 0, "DEBUG"], ["root", 0, "INFO"]);
      await set("appended", ["root", 2, "INFO"]);
      await set("subtracted", ["root", 3, "INFO"]);
      await set("an unknown operation", ["root", 9, "INFO"]);
      await set("deleted", ["root", 1, null]);
      await level("after deleting");
      await incremental(transcript, "of another broker", [change(BROKER_LOGGER, "77", ["root", 0, "INFO"])]);
      await incremental(transcript, "of no broker", [change(BROKER_LOGGER, "", ["root", 0, "INFO"])]);
      await incremental(transcript, "of something else", [change(BROKER_LOGGER, "one", ["root", 0, "INFO"])]);
      await set("back", ["root", 0, "INFO"]);
      await transcript.ask("by the older request", AlterConfigsRequest, 2, {
        resources: [{ resourceType: BROKER_LOGGER, resourceName: "1", configs: [{ name: "root", value: "INFO" }] }],
        validateOnly: false,
      });
    },
  },
];
