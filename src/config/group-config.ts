/** The settings of groups: what they inherit, and what may be set. */
import type { BrokerConfigKey, Config } from "./config.ts";
import { type ConfigLayers, effectiveText } from "./config-layers.ts";
import type { ConfigValue } from "./definition.ts";
import { groupConfigs } from "./definitions/group.ts";
import { parseValue } from "./value.ts";

export type GroupConfigKey = keyof typeof groupConfigs;

/** The broker's key for a group's, when there is one. */
export function groupSynonym(key: GroupConfigKey): BrokerConfigKey | undefined {
  if (key === "streams.assignor.name") return "group.streams.assignors";
  if (WITHOUT_SYNONYM.has(key)) return undefined;
  return `group.${key}` as BrokerConfigKey;
}

/** What a group without a value of its own has, as text. */
export function inheritedGroupText(layers: ConfigLayers, key: GroupConfigKey): string | null {
  const synonym = groupSynonym(key);
  const text = synonym === undefined ? groupConfigs[key].defaultText : effectiveText(layers, synonym);
  return key === "streams.assignor.name" ? (text?.split(",")[0] ?? null) : text;
}

/** Undefined when a group may have exactly these settings; otherwise what INVALID_CONFIG says. */
export function validateGroupConfigs(config: Config, configs: ReadonlyMap<string, string | null>): string | undefined {
  for (const key of configs.keys()) {
    if (!isGroupConfig(key)) return `Unknown group config name: ${key}`;
  }
  const values = new Map<GroupConfigKey, ConfigValue>();
  for (const [key, text] of configs as ReadonlyMap<GroupConfigKey, string | null>) {
    const parsed = parseValue(key, groupConfigs[key], text ?? "");
    if (!parsed.ok) return parsed.message;
    const objection = checkBounds(config, key, parsed.value);
    if (objection !== undefined) return objection;
    values.set(key, parsed.value);
  }
  return checkTogether(config, values);
}

function isGroupConfig(key: string): key is GroupConfigKey {
  return Object.hasOwn(groupConfigs, key);
}

const WITHOUT_SYNONYM: ReadonlySet<string> = new Set([
  "share.auto.offset.reset",
  "share.isolation.level",
  "share.renew.acknowledge.enable",
  "errors.deadletterqueue.topic.name",
  "errors.deadletterqueue.copy.record.enable",
]);

function inheritedValue(config: Config, key: GroupConfigKey): ConfigValue {
  if (key === "streams.assignor.name") return config["group.streams.assignors"][0] ?? null;
  const synonym = groupSynonym(key);
  return synonym === undefined ? groupConfigs[key].default : config[synonym];
}

/** `group.consumer.min.session.timeout.ms` and `group.consumer.max.session.timeout.ms`, where the broker has them. */
function boundsOf(config: Config, key: GroupConfigKey): readonly [number, number] {
  const values = config as unknown as Readonly<Record<string, number | undefined>>;
  const bound = (name: string) => values[`group.${key.replace(".", `.${name}.`)}`];
  return [bound("min") ?? Number.NEGATIVE_INFINITY, bound("max") ?? Number.POSITIVE_INFINITY];
}

function checkBounds(config: Config, key: GroupConfigKey, value: ConfigValue): string | undefined {
  const [least, most] = boundsOf(config, key);
  if (typeof value !== "number" || (value >= least && value <= most)) return undefined;
  if (least === Number.NEGATIVE_INFINITY) return `${key} must be less than or equal to ${most}.`;
  if (most === Number.POSITIVE_INFINITY) return `${key} must be greater than or equal to ${least}.`;
  return `${key} must be in the range ${least} to ${most} inclusive.`;
}

function checkTogether(config: Config, values: ReadonlyMap<GroupConfigKey, ConfigValue>): string | undefined {
  for (const kind of ["consumer", "share", "streams"] as const) {
    const session = `${kind}.session.timeout.ms` as const;
    const heartbeat = `${kind}.heartbeat.interval.ms` as const;
    if (!values.has(session) && !values.has(heartbeat)) continue;
    const sessionMs = (values.get(session) ?? inheritedValue(config, session)) as number;
    const heartbeatMs = (values.get(heartbeat) ?? inheritedValue(config, heartbeat)) as number;
    if (sessionMs <= heartbeatMs)
      return `${session} (${sessionMs}) must be greater than ${heartbeat} (${heartbeatMs}).`;
  }
  if (String(values.get("errors.deadletterqueue.topic.name") ?? "").startsWith("__")) {
    return "errors.deadletterqueue.topic.name: DLQ topic name must not start with '__'";
  }
  return undefined;
}
