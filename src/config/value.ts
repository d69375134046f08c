/**
 * Values as text and back, by the rules of Kafka's types: what `server.properties`, `AlterConfigs` and `CreateTopics`
 * give is text, and what `DescribeConfigs` shows is text again. The messages are the ones that Kafka's users know.
 */
import type { Allowed, ConfigDefinition, ConfigValue } from "./definition.ts";
import { createValueSchema, type ValueSchema } from "./value-schema.ts";

export type ParsedValue =
  | {
      readonly ok: true;
      readonly value: ConfigValue;
      /** The value as Kafka would write it: `" 0.10 "` as a double is `0.1`. */
      readonly text: string;
    }
  | { readonly ok: false; readonly message: string };

/** Made when a key is first given: few of the hundreds ever are. A definition belongs to one name. */
const schemas = new WeakMap<ConfigDefinition, ValueSchema>();

export function parseValue(name: string, definition: ConfigDefinition, given: string): ParsedValue {
  let schema = schemas.get(definition);
  if (schema === undefined) {
    schema = createValueSchema(name, definition);
    schemas.set(definition, schema);
  }
  const { success, data, error } = schema.safeParse(given);
  return success ? { ok: true, ...data } : { ok: false, message: error.issues[0]!.message };
}

/** What Kafka says of a Java class that can't be loaded: here that is every one but the default. */
export function classNotFound(name: string, className: string): string {
  return `Invalid value ${className} for configuration ${name}: Class ${className} could not be found.`;
}

/** What is allowed, for documentation and for messages; undefined when every value of the type is. */
export function describeAllowed(allowed: Allowed | undefined): string | undefined {
  switch (allowed?.kind) {
    case undefined:
      return undefined;
    case "range":
      return allowed.most === Number.POSITIVE_INFINITY
        ? `${allowed.least} or more`
        : `${allowed.least} to ${allowed.most}`;
    case "rangeOrDefault":
      return `${allowed.least} to ${allowed.most}, or -1`;
    case "oneOf":
    case "someOf":
      return allowed.values.join(", ");
    case "notEmpty":
      return "not empty";
    case "throttledReplicas":
      return "`partition:broker,...` or `*`";
    case "offsetReset":
      return "latest, earliest, by_duration:PnDTnHnMn.nS";
  }
}
