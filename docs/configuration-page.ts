import type { ConfigDefinition } from "../src/config/definition.ts";
import { groupConfigs } from "../src/config/definitions/group.ts";
import { groupCoordinatorConfigs } from "../src/config/definitions/groups.ts";
import { kraftConfigs } from "../src/config/definitions/kraft.ts";
import { listenerConfigs } from "../src/config/definitions/listeners.ts";
import { logConfigs } from "../src/config/definitions/log.ts";
import { metricsConfigs } from "../src/config/definitions/metrics.ts";
import { polylogConfigs } from "../src/config/definitions/polylog.ts";
import { remoteLogConfigs } from "../src/config/definitions/remote-log.ts";
import { replicationConfigs } from "../src/config/definitions/replication.ts";
import { securityConfigs } from "../src/config/definitions/security.ts";
import { serverConfigs } from "../src/config/definitions/server.ts";
import { shareConfigs } from "../src/config/definitions/share.ts";
import { streamsConfigs } from "../src/config/definitions/streams.ts";
import { topicConfigs } from "../src/config/definitions/topic.ts";
import { topicSynonyms } from "../src/config/definitions/topic-synonyms.ts";
import { transactionConfigs } from "../src/config/definitions/transactions.ts";
import { singleNodeSettings } from "../src/config/single-node.ts";
import { describeAllowed } from "../src/config/value.ts";
import { markdownTable } from "./markdown-table.ts";

type Table = Readonly<Record<string, ConfigDefinition>>;

const SECTIONS: readonly (readonly [title: string, table: Table])[] = [
  ["The node", serverConfigs],
  ["Listeners and connections", listenerConfigs],
  ["Controller quorum and metadata log", kraftConfigs],
  ["Logs", logConfigs],
  ["Replication", replicationConfigs],
  ["Groups and offsets", groupCoordinatorConfigs],
  ["Share groups", shareConfigs],
  ["Streams groups", streamsConfigs],
  ["Transactions", transactionConfigs],
  ["Remote storage", remoteLogConfigs],
  ["Metrics and quotas", metricsConfigs],
  ["Security", securityConfigs],
  ["Polylog's own", polylogConfigs],
];

/** docs/CONFIGURATION.md, from the definitions. */
export function configurationPage(): string {
  return `${[
    INTRODUCTION,
    markdownTable(
      ["Key", "Value"],
      [...singleNodeSettings()].map(([key, value]) => [code(key), code(value)]),
    ),
    SOURCES,
    "## Broker",
    CHANGES,
    ...SECTIONS.flatMap(([title, table]) => section(title, supported(table))),
    "## Topics",
    "What a topic does not set for itself comes from the broker's key in the last column.",
    topicTable(supported(topicConfigs)),
    "## Known, without effect so far",
    "Apache Kafka 4.4 has these keys too. Polylog takes them, checks their values and shows them, and says at the start that they have no effect.",
    ...[...SECTIONS, ["Topics", topicConfigs] as const, ["Groups", groupConfigs] as const].flatMap(([title, table]) =>
      unsupportedSection(title, table),
    ),
  ].join("\n\n")}\n`;
}

const INTRODUCTION = `<!-- Written by docs/generate.ts from src/config/definitions: change those. -->
# Configuration

Polylog is configured as Apache Kafka 4.4 is: the same keys, types, defaults and rules.

## Without any settings

\`polylog server\` (or \`npm start\`) without a file, and without \`process.roles\` in the environment or an override, is a single node. The following settings then apply unless you give others; everything else has its default from the tables below.`;

const SOURCES = `## Where settings come from

From the lowest precedence to the highest:

1. The defaults.
2. A \`server.properties\` in Java's format, as the command's argument: \`polylog server /etc/kafka/server.properties\`. It must be complete, as for Apache Kafka: the settings of the single node above are not added to it.
3. The environment, as in Apache Kafka's container image: \`KAFKA_LOG_DIRS\` is \`log.dirs\`. \`_\` stands for \`.\`, \`__\` for \`_\`, \`___\` for \`-\`. \`CLUSTER_ID\` is the id that an empty data directory is formatted with; a directory of another cluster is refused. \`KAFKA_LOG4J_ROOT_LOGLEVEL\` sets the level of the log.
4. \`--override key=value\`, as often as you like.
5. What AlterConfigs sets while the broker runs, where "Change" says so.

A bad value is an error that names the key, the value, what is allowed, and where it stands: the line of the file, the variable or the override. All bad values are shown at once, and when there are none, all that do not fit together. An unknown key, and a key without effect so far, is a warning that names it.

## Known traps

- \`log.dirs\` under \`/tmp\`: many systems empty it at a restart. Polylog warns, and its own default is \`./polylog-data\`.
- \`offsets.topic.replication.factor\` is 3: with fewer brokers no group works. Polylog warns at the start and names the fix in the error; a single node without a file has 1.
- \`listeners\` on \`0.0.0.0\` or \`[::]\` needs \`advertised.listeners\`: nobody can dial these addresses. It is an error.
- \`zookeeper.connect\`: Kafka 4.0 has removed ZooKeeper. This key is an error that names its replacement.
- Only PLAINTEXT listeners work so far; another security protocol is an error.
- \`authorizer.class.name\`, \`create.topic.policy.class.name\` and \`alter.config.policy.class.name\` are errors: nothing here would enforce them.`;

const CHANGES = `"Change": *restart* is read at the start only; *broker* can be set for one broker while it runs; *cluster* can also be set for all of them.`;

function section(title: string, table: Table): string[] {
  const rows = Object.entries(table).map(([key, definition]) => [
    code(key),
    definition.type,
    defaultOf(definition),
    describeAllowed(definition.allowed) ?? "",
    { "read-only": "restart", "per-broker": "broker", "cluster-wide": "cluster" }[definition.update],
    definition.documentation,
  ]);
  if (rows.length === 0) return [];
  return [`### ${title}`, markdownTable(["Key", "Type", "Default", "Allowed", "Change", "Meaning"], rows)];
}

function topicTable(table: Table): string {
  const rows = Object.entries(table).map(([key, definition]) => [
    code(key),
    definition.type,
    defaultOf(definition),
    describeAllowed(definition.allowed) ?? "",
    definition.documentation,
    (topicSynonyms[key as keyof typeof topicSynonyms] ?? []).map((synonym) => code(synonym.key)).join(", "),
  ]);
  return markdownTable(["Key", "Type", "Default", "Allowed", "Meaning", "Broker's key"], rows);
}

function unsupportedSection(title: string, table: Table): string[] {
  const rows = Object.entries(table)
    .filter(([, definition]) => !definition.supported && !definition.internal)
    .map(([key, definition]) => [code(key), definition.type, defaultOf(definition), definition.documentation]);
  if (rows.length === 0) return [];
  return [`### ${title}: without effect`, markdownTable(["Key", "Type", "Default", "Meaning in Kafka"], rows)];
}

function supported(table: Table): Table {
  return Object.fromEntries(
    Object.entries(table).filter(([, definition]) => definition.supported && !definition.internal),
  );
}

function defaultOf({ required, defaultText }: ConfigDefinition): string {
  if (required) return "*must be set*";
  if (defaultText === null) return "*not set*";
  return defaultText === "" ? "*empty*" : code(defaultText);
}

function code(text: string): string {
  return `\`${text}\``;
}
