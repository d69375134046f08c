import { ConfigOperation, configOperationName } from "../protocol/config-operation.ts";
import { ConfigResourceType } from "../protocol/config-resource-type.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import type { MetadataRecord } from "../protocol/metadata-records/index.ts";
import type { Timeline } from "../timeline/timeline.ts";
import { TimelineMap } from "../timeline/timeline-map.ts";
import { type ApiError, apiError } from "./api-error.ts";
import type { ConfigRules } from "./config-rules.ts";
import type { ConfigResource } from "./metadata-image.ts";
import { clearElrRecord, configRecord } from "./record-factory.ts";
import { topicNameProblem } from "./topic-name.ts";

export interface ConfigChange {
  readonly name: string;
  /** See {@link ConfigOperation}. */
  readonly operation: number;
  readonly value: string | null;
}

const MIN_INSYNC_REPLICAS = "min.insync.replicas";
const UNCLEAN_LEADER_ELECTION = "unclean.leader.election.enable";

/** The strings of the protocol, and so of a ConfigRecord, end there. */
const LONGEST_VALUE_BYTES = 0x7fff;

const NOTHING: ReadonlyMap<string, string> = new Map();

/** The dynamic settings of topics, brokers, groups and client metrics subscriptions (KIP-226, KIP-339). */
export class ConfigManager {
  readonly #configs: TimelineMap<string, ReadonlyMap<string, string>>;
  readonly #rules: ConfigRules;
  readonly #nodeId: number;
  /** Whether eligible.leader.replicas.version is on. */
  readonly #elrEnabled: () => boolean;
  /** Undefined when the resource exists; a topic that is being created does not yet. */
  readonly #missing: (resource: ConfigResource) => ApiError | undefined;

  constructor(options: {
    timeline: Timeline;
    rules: ConfigRules;
    nodeId: number;
    elrEnabled: () => boolean;
    missing: (resource: ConfigResource) => ApiError | undefined;
  }) {
    this.#configs = new TimelineMap(options.timeline);
    this.#rules = options.rules;
    this.#nodeId = options.nodeId;
    this.#elrEnabled = options.elrEnabled;
    this.#missing = options.missing;
  }

  get(type: number, name: string): ReadonlyMap<string, string> {
    return this.#configs.get(resourceKey(type, name)) ?? NOTHING;
  }

  /** The dynamic settings that stand between a topic's own and the static ones. */
  brokerDefaults(): { node: ReadonlyMap<string, string>; cluster: ReadonlyMap<string, string> } {
    const type = ConfigResourceType.BROKER;
    return { node: this.get(type, String(this.#nodeId)), cluster: this.get(type, "") };
  }

  /** The effective `min.insync.replicas` of a topic. */
  minInsyncReplicas(topic: string): number {
    const { node, cluster } = this.brokerDefaults();
    const value =
      this.get(ConfigResourceType.TOPIC, topic).get(MIN_INSYNC_REPLICAS) ??
      // KIP-966: with eligible leader replicas only a cluster-wide value counts, so that all brokers agree.
      (this.#elrEnabled() ? undefined : node.get(MIN_INSYNC_REPLICAS)) ??
      cluster.get(MIN_INSYNC_REPLICAS);
    return value === undefined ? this.#rules.staticMinInsyncReplicas : Number(value);
  }

  uncleanLeaderElection(topic: string): boolean {
    const { node, cluster } = this.brokerDefaults();
    const value =
      this.get(ConfigResourceType.TOPIC, topic).get(UNCLEAN_LEADER_ELECTION) ??
      node.get(UNCLEAN_LEADER_ELECTION) ??
      cluster.get(UNCLEAN_LEADER_ELECTION);
    return value === undefined ? this.#rules.staticUncleanLeaderElection : value.trim().toLowerCase() === "true";
  }

  /** Changes some settings of one resource; all of them or none. */
  alterIncrementally(
    resource: ConfigResource,
    changes: readonly ConfigChange[],
    newlyCreated = false,
  ): readonly MetadataRecord[] | ApiError {
    const current = this.get(resource.type, resource.name);
    const altered = new Map<string, string | null>();
    for (const change of changes) {
      const value = this.#newValue(resource, change, current.get(change.name) ?? null);
      if (typeof value === "object" && value !== null) return value;
      // A broker setting is written even when it is the same: brokers then reload what it names (key stores).
      if (value !== (current.get(change.name) ?? null) || resource.type === ConfigResourceType.BROKER) {
        altered.set(change.name, value);
      }
    }
    return this.#validated(resource, current, altered, newlyCreated);
  }

  /** Replaces all settings of one resource: what is not named goes back to its default. */
  replaceAll(
    resource: ConfigResource,
    configs: ReadonlyMap<string, string | null>,
  ): readonly MetadataRecord[] | ApiError {
    const current = this.get(resource.type, resource.name);
    const altered = new Map<string, string | null>();
    for (const [name, value] of configs) {
      if (value !== (current.get(name) ?? null) || resource.type === ConfigResourceType.BROKER) {
        altered.set(name, value);
      }
    }
    for (const name of current.keys()) if (!configs.has(name)) altered.set(name, null);
    return this.#validated(resource, current, altered, false);
  }

  /** KIP-966: with eligible leader replicas the minimum must be the same for all brokers: one setting for the cluster. */
  elrSafetyRecords(): readonly MetadataRecord[] {
    const { BROKER } = ConfigResourceType;
    const removals = this.#brokersWith(MIN_INSYNC_REPLICAS).map((name) =>
      configRecord(BROKER, name, MIN_INSYNC_REPLICAS, null),
    );
    if (this.get(BROKER, "").has(MIN_INSYNC_REPLICAS)) return removals;
    const value = String(this.#rules.staticMinInsyncReplicas);
    return [configRecord(BROKER, "", MIN_INSYNC_REPLICAS, value), ...removals];
  }

  replay(record: MetadataRecord): void {
    if (record.type !== "ConfigRecord") return;
    const { resourceType, resourceName, name, value } = record.record;
    const key = resourceKey(resourceType, resourceName);
    const configs = new Map(this.#configs.get(key));
    if (value === null) configs.delete(name);
    else configs.set(name, value);
    if (configs.size === 0) this.#configs.delete(key);
    else this.#configs.set(key, configs);
  }

  /** The settings of a topic go with it, without a record of their own. */
  topicRemoved(topic: string): void {
    this.#configs.delete(resourceKey(ConfigResourceType.TOPIC, topic));
  }

  /** Names of brokers with a setting of their own, registered or not. */
  #brokersWith(setting: string): string[] {
    const prefix = resourceKey(ConfigResourceType.BROKER, "");
    return [...this.#configs]
      .filter(([key, configs]) => key.startsWith(prefix) && key !== prefix && configs.has(setting))
      .map(([key]) => key.slice(prefix.length));
  }

  #newValue(resource: ConfigResource, change: ConfigChange, current: string | null): string | null | ApiError {
    const { name, operation, value } = change;
    switch (operation) {
      case ConfigOperation.SET:
        return value;
      case ConfigOperation.DELETE:
        return null;
      case ConfigOperation.APPEND:
      case ConfigOperation.SUBTRACT: {
        if (!this.#rules.isList(resource.type, name)) {
          return apiError(
            ErrorCode.INVALID_CONFIG,
            `Can't ${configOperationName(operation)} to key ${name} because its type is not LIST.`,
          );
        }
        const text = current ?? this.#rules.defaultValue(resource.type, name) ?? "";
        const parts = text.split(",").filter((part) => part !== "");
        return combine(parts, entriesOf(value ?? ""), operation === ConfigOperation.APPEND).join(",");
      }
      default:
        return apiError(ErrorCode.INVALID_REQUEST, `Unknown config operation ${operation} for key ${name}.`);
    }
  }

  #validated(
    resource: ConfigResource,
    existing: ReadonlyMap<string, string>,
    altered: ReadonlyMap<string, string | null>,
    newlyCreated: boolean,
  ): readonly MetadataRecord[] | ApiError {
    const configs = new Map(existing);
    for (const [name, value] of altered) {
      if (value === null) configs.delete(name);
      else configs.set(name, value);
    }
    const problem =
      this.#minInsyncReplicasProblem(resource, altered) ??
      resourceNameProblem(resource) ??
      lengthProblem(altered) ??
      this.#rules.validate(resource, configs) ??
      (newlyCreated ? undefined : this.#missing(resource));
    if (problem !== undefined) return problem;
    const { type, name } = resource;
    const records = [...altered].map(([key, value]) => configRecord(type, name, key, value));
    return newlyCreated ? records : [...records, ...this.#elrRecords(resource, altered)];
  }

  /** KIP-966: eligible replicas were chosen under the old minimum, and may not hold everything under the new one. */
  #elrRecords({ type, name }: ConfigResource, altered: ReadonlyMap<string, string | null>): MetadataRecord[] {
    if (!this.#elrEnabled() || !altered.has(MIN_INSYNC_REPLICAS)) return [];
    if (type === ConfigResourceType.TOPIC) return [clearElrRecord(name)];
    return type === ConfigResourceType.BROKER && name === "" ? [clearElrRecord("")] : [];
  }

  #minInsyncReplicasProblem(
    { type, name }: ConfigResource,
    altered: ReadonlyMap<string, string | null>,
  ): ApiError | undefined {
    if (type !== ConfigResourceType.BROKER || !this.#elrEnabled()) return undefined;
    const value = altered.get(MIN_INSYNC_REPLICAS);
    if (value === undefined) return undefined;
    if (name !== "") {
      return apiError(
        ErrorCode.INVALID_CONFIG,
        `Broker-level ${MIN_INSYNC_REPLICAS} cannot be altered while ELR is enabled.`,
      );
    }
    if (value !== null) return undefined;
    return apiError(
      ErrorCode.INVALID_CONFIG,
      `Cluster-level ${MIN_INSYNC_REPLICAS} cannot be removed while ELR is enabled.`,
    );
  }
}

/** What was appended to a list can make its value longer than any a client could send. */
function lengthProblem(altered: ReadonlyMap<string, string | null>): ApiError | undefined {
  for (const [name, value] of altered) {
    if (value === null || new TextEncoder().encode(value).length <= LONGEST_VALUE_BYTES) continue;
    return apiError(ErrorCode.INVALID_CONFIG, `The value of ${name} is longer than ${LONGEST_VALUE_BYTES} bytes.`);
  }
  return undefined;
}

export function resourceKey(type: number, name: string): string {
  return `${type}:${name}`;
}

/** As Java splits: commas at the end are followed by nothing, and only an empty text has an empty entry. */
function entriesOf(text: string): readonly string[] {
  const entries = text.split(",");
  if (text !== "") while (entries.at(-1) === "") entries.pop();
  return entries;
}

function combine(parts: readonly string[], values: readonly string[], append: boolean): readonly string[] {
  if (!append) return parts.filter((part) => !values.includes(part));
  return [...new Set([...parts, ...values])];
}

/** What is wrong with the name of a resource, whether or not it exists. */
function resourceNameProblem({ type, name }: ConfigResource): ApiError | undefined {
  const invalid = (message: string) => apiError(ErrorCode.INVALID_REQUEST, message);
  switch (type) {
    case ConfigResourceType.TOPIC: {
      if (name === "") return invalid("Default topic resources are not allowed.");
      const problem = topicNameProblem(name);
      if (problem === undefined) return undefined;
      return apiError(ErrorCode.INVALID_TOPIC_EXCEPTION, `Topic name is invalid: ${problem}`);
    }
    case ConfigResourceType.BROKER: {
      if (name === "") return undefined;
      if (!/^-?\d+$/.test(name)) return invalid("Unable to parse broker name as a base 10 number.");
      return Number(name) < 0 ? invalid("Invalid negative broker ID.") : undefined;
    }
    case ConfigResourceType.CLIENT_METRICS:
      return name === "" ? invalid("Subscription name can't be empty") : undefined;
    case ConfigResourceType.GROUP:
      return name === "" ? invalid("Default group resources are not allowed.") : undefined;
    default:
      return invalid(`Unknown resource type ${type}.`);
  }
}
