import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { brokerConfigs } from "../../src/config/config.ts";
import type { Allowed, ConfigDefinition } from "../../src/config/definition.ts";
import { groupConfigs } from "../../src/config/definitions/group.ts";
import { polylogConfigs } from "../../src/config/definitions/polylog.ts";
import { topicConfigs } from "../../src/config/definitions/topic.ts";

const golden = readFileSync(join(import.meta.dirname, "golden/apache-kafka-4.4.0-definitions.txt"), "utf8");

interface KafkaDefinition {
  readonly type: string;
  readonly default: string | null;
  readonly required: boolean;
  readonly importance: string;
  readonly validator: string;
  readonly internal: boolean;
  readonly update: string;
}

describe.each([
  ["broker", brokerConfigs],
  ["topic", topicConfigs],
  ["group", groupConfigs],
])("%s", (section, ours: Readonly<Record<string, ConfigDefinition>>) => {
  const kafkas = kafkaDefinitions(section);

  test("there is every key of Kafka, and no other but our own", () => {
    const own = section === "broker" ? Object.keys(polylogConfigs) : [];
    expect(Object.keys(ours).sort()).toEqual([...kafkas.keys(), ...own].sort());
  });

  test.each([...kafkas])("%s is what Kafka says", (key, kafka) => {
    const definition = ours[key]!;
    expect({
      type: definition.type,
      default: definition.defaultText,
      required: definition.required,
      importance: definition.importance,
      validator: validatorText(definition, kafka.validator),
      internal: definition.internal,
      update: section === "broker" ? definition.update : "",
    }).toEqual(kafka);
  });
});

test("the documentation of every key is a sentence", () => {
  for (const [key, { documentation }] of Object.entries<ConfigDefinition>({
    ...brokerConfigs,
    ...topicConfigs,
    ...groupConfigs,
  })) {
    expect(documentation, key).toMatch(/^[A-Z`].*\.$/s);
  }
});

function kafkaDefinitions(section: string): Map<string, KafkaDefinition> {
  const definitions = new Map<string, KafkaDefinition>();
  for (const line of golden.split("\n")) {
    const [lineSection, key = "", type = "", value = "", importance = "", validator = "", internal, update = ""] =
      line.split(" | ");
    if (lineSection !== section) continue;
    const required = value === "<required>";
    const noDefault = required || value === "null";
    definitions.set(key, {
      type,
      default: noDefault ? null : value,
      required,
      importance,
      validator,
      internal: internal === "internal",
      update,
    });
  }
  return definitions;
}

/** Our rule in Kafka's words; Kafka prints nothing at all for rules about empty lists. */
function validatorText(definition: ConfigDefinition, kafka: string): string {
  if (definition.allowed !== undefined && definition.allowed.kind !== "notEmpty")
    return allowedText(definition.allowed);
  if (definition.allowed?.kind === "notEmpty") return definition.type === "list" ? "" : "non-empty string";
  return ["null", "", "non-null string", "non-empty list"].includes(kafka) ? kafka : "null";
}

function allowedText(allowed: Allowed): string {
  switch (allowed.kind) {
    case "range":
      return allowed.most === Number.POSITIVE_INFINITY
        ? `[${allowed.least},...]`
        : `[${allowed.least},...,${allowed.most}]`;
    case "rangeOrDefault":
      return `[${allowed.least},...,${allowed.most}] or -1`;
    case "oneOf":
      return `${allowed.ignoreCase ? "(case insensitive) " : ""}[${allowed.values.join(", ")}]`;
    case "someOf":
      return `[${allowed.values.join(", ")}]`;
    case "throttledReplicas":
      return "[partitionId]:[brokerId],[partitionId]:[brokerId],...";
    case "offsetReset":
      return "[latest, earliest, by_duration:PnDTnHnMn.nS]";
    case "notEmpty":
      return "";
  }
}
