/** What may be set for a client metrics subscription (KIP-714). */
import type { ConfigDefinition, ConfigValue } from "./definition.ts";
import { clientMetricsConfigs } from "./definitions/client-metrics.ts";
import { parseValue } from "./value.ts";

/** Whether the answer is INVALID_REQUEST or INVALID_CONFIG. */
export interface ClientMetricsProblem {
  readonly isOfRequest: boolean;
  readonly message: string;
}

const LEAST_INTERVAL_MS = 100;
const MOST_INTERVAL_MS = 3_600_000;

const ATTRIBUTES: ReadonlySet<string> = new Set([
  "client_instance_id",
  "client_id",
  "client_software_name",
  "client_software_version",
  "client_source_address",
  "client_source_port",
]);

/** Undefined when a subscription may have exactly these settings. */
export function validateClientMetricsConfigs(configs: ReadonlyMap<string, string>): ClientMetricsProblem | undefined {
  const definitions: Readonly<Record<string, ConfigDefinition>> = clientMetricsConfigs;
  for (const key of configs.keys()) {
    if (!Object.hasOwn(definitions, key)) return ofRequest(`Unknown client metrics configuration: ${key}`);
  }
  const values = new Map<string, ConfigValue>();
  for (const [key, text] of configs) {
    const parsed = parseValue(key, definitions[key]!, text);
    if (!parsed.ok) return ofConfig(parsed.message);
    values.set(key, parsed.value);
  }
  const interval = values.get("interval.ms") as number | undefined;
  if (interval !== undefined && (interval < LEAST_INTERVAL_MS || interval > MOST_INTERVAL_MS)) {
    const bounds = `${LEAST_INTERVAL_MS} and ${MOST_INTERVAL_MS} (1 hour)`;
    return ofRequest(`Invalid value ${interval} for interval.ms, interval must be between ${bounds}`);
  }
  const patterns = (values.get("match") ?? []) as readonly string[];
  const wrong = patterns.find((pattern) => !isClientPattern(pattern));
  return wrong === undefined ? undefined : ofConfig(`Illegal client matching pattern: ${wrong}`);
}

function ofRequest(message: string): ClientMetricsProblem {
  return { isOfRequest: true, message };
}

function ofConfig(message: string): ClientMetricsProblem {
  return { isOfRequest: false, message };
}

/** `attribute=regular expression`. */
function isClientPattern(text: string): boolean {
  const parts = text.split("=");
  if (parts.length !== 2 || parts[1] === "") return false;
  return ATTRIBUTES.has(parts[0]!.trim()) && isPattern(parts[1]!.trim());
}

function isPattern(text: string): boolean {
  try {
    new RegExp(withoutJavaSyntax(text));
    return true;
  } catch {
    return false;
  }
}

/** Flags within the expression, atomic groups and possessive quantifiers are Java's alone. */
function withoutJavaSyntax(text: string): string {
  return text
    .replaceAll(/\(\?[a-zA-Z-]*\)/g, "")
    .replaceAll(/\(\?([a-zA-Z-]+:|>)/g, "(?:")
    .replaceAll(/([*+?}])\+/g, "$1");
}
