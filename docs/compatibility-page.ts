import { brokerApis } from "../src/api/index.ts";
import { brokerConfigs } from "../src/config/config.ts";
import type { ConfigDefinition } from "../src/config/definition.ts";
import { topicConfigs } from "../src/config/definitions/topic.ts";
import {
  INITIAL_FEATURE_LEVELS,
  METADATA_VERSION,
  metadataVersionName,
  SUPPORTED_FEATURES,
} from "../src/controller/feature-levels.ts";
import { APIS } from "../src/protocol/api-keys.ts";
import type { VersionRange } from "../src/protocol/versions.ts";
import { advertisedApis } from "../src/server/api-table.ts";
import { clientSuites } from "./client-suites.ts";
import { markdownTable } from "./markdown-table.ts";

/** Features that Kafka 4.4 finalizes in a new cluster. */
const KAFKA_FEATURES: ReadonlyMap<string, number> = new Map([
  [METADATA_VERSION, 33],
  ["kraft.version", 1],
  ["eligible.leader.replicas.version", 1],
  ["group.version", 1],
  ["share.version", 2],
  ["streams.version", 1],
  ["transaction.version", 2],
]);

/** docs/COMPATIBILITY.md, from the tables that the broker itself is made of. */
export function compatibilityPage(): string {
  return `${[
    INTRODUCTION,
    "## APIs",
    apiSummary(),
    apiTable(),
    "## Features",
    "What `kafka-features describe` shows. A feature that is not built is not advertised, so no client relies on it.",
    featureTable(),
    "## Configuration",
    configurationSummary(),
    "## Known differences",
    knownDifferences(),
    "## Test suites of clients",
    "What CI runs is in the README. These suites were run by hand, in November 2026, with brokers of Polylog on Node and of Apache Kafka in the same setup, on a busy machine of two cores.",
    clientSuites(),
  ].join("\n\n")}\n`;
}

function knownDifferences(): string {
  return [
    "Requests that no client library sends were sent to both brokers, in every version, with broken frames and with values at the edges of their types. What is answered otherwise than by Apache Kafka 4.4.0, on purpose:",
    [
      "Produce with null records, AlterConfigs that names a resource twice and some WriteTxnMarkers with duplicates are answered with an error. Apache Kafka does not answer them at all.",
      "Fetch with an impossible session id or a zero topic id gets an error that says so. Apache Kafka answers UNKNOWN_SERVER_ERROR.",
      "An unknown operation in IncrementalAlterConfigs is INVALID_REQUEST (42), in Apache Kafka UNKNOWN_SERVER_ERROR (-1).",
      "A member that joins again with a protocol named twice gets no error, in Apache Kafka INCONSISTENT_GROUP_PROTOCOL (23).",
      "WriteTxnMarkers with a producer id beyond 2^53 closes the connection.",
      "The texts beside error codes are mostly our own.",
    ]
      .map((line) => `- ${line}`)
      .join("\n"),
  ].join("\n\n");
}

const INTRODUCTION = `<!-- Written by docs/generate.ts from the broker's own tables: change those. -->
# Compatibility

Polylog speaks the protocol of Apache Kafka 4.4. ApiVersions announces only what works, so clients see what is there.`;

function apiSummary(): string {
  const served = servedApis().size;
  const onBroker = APIS.filter(({ listeners }) => listeners.includes("broker")).length;
  return `${served} of the ${onBroker} APIs that an Apache Kafka 4.4 broker serves to clients. There is no authorizer yet: DescribeAcls, CreateAcls and DeleteAcls answer SECURITY_DISABLED, as Apache Kafka does without one. There is no SASL yet: SaslHandshake and SaslAuthenticate answer ILLEGAL_SASL_STATE, as Apache Kafka does on a listener without it.`;
}

function apiTable(): string {
  const served = servedApis();
  const rows = APIS.filter(({ key, listeners }) => listeners.includes("broker") || served.has(key))
    .toSorted((a, b) => a.key - b.key)
    .map(({ key, name, versions, latestVersionUnstable }) => {
      // Kafka does not serve a version that may still change, unless it is told to.
      const highest = latestVersionUnstable ? versions.highest - 1 : versions.highest;
      return [String(key), name, span({ ...versions, highest }), span(served.get(key))];
    });
  return markdownTable(["Key", "API", "Kafka 4.4", "Polylog"], rows);
}

function servedApis(): ReadonlyMap<number, VersionRange> {
  return new Map(advertisedApis(brokerApis).map(({ apiKey, lowest, highest }) => [apiKey, { lowest, highest }]));
}

function span(range: VersionRange | undefined): string {
  if (range === undefined) return "-";
  return range.lowest === range.highest ? String(range.lowest) : `${range.lowest}-${range.highest}`;
}

function featureTable(): string {
  const rows = [...KAFKA_FEATURES].map(([name, kafka]) => {
    const range = SUPPORTED_FEATURES.get(name);
    const named = (level: number) =>
      name === METADATA_VERSION ? `${level} (${metadataVersionName(level)})` : `${level}`;
    const supported =
      range === undefined
        ? "-"
        : range.min === range.max
          ? named(range.max)
          : `${named(range.min)} to ${named(range.max)}`;
    // kraft.version is a record of the quorum's own, and standalone quorums have the highest.
    const initial = name === "kraft.version" ? range?.max : INITIAL_FEATURE_LEVELS.get(name);
    return [name, named(kafka), supported, initial === undefined ? "0" : named(initial)];
  });
  return markdownTable(["Feature", "Kafka 4.4", "Polylog supports", "A new cluster has"], rows);
}

function configurationSummary(): string {
  return [
    `${countSupported(brokerConfigs)} broker keys and ${countSupported(topicConfigs)} topic keys have an effect; [CONFIGURATION.md](CONFIGURATION.md) tells which. The others are known, checked and shown, and named in a warning when somebody sets them.`,
  ].join("\n");
}

function countSupported(table: Readonly<Record<string, ConfigDefinition>>): string {
  const definitions = Object.values(table).filter(({ internal }) => !internal);
  return `${definitions.filter(({ supported }) => supported).length} of ${definitions.length}`;
}
