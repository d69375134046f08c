import type { ApiError } from "./api-error.ts";
import type { ConfigResource } from "./metadata-image.ts";

/** What the controller must know about configuration keys; the composition of the broker gives it the definitions. */
export interface ConfigRules {
  /** Undefined when the resource may have exactly these settings; `existing` are those it has already. */
  validate(
    resource: ConfigResource,
    configs: ReadonlyMap<string, string>,
    existing: ReadonlyMap<string, string>,
  ): ApiError | undefined;
  /** Whether values can be appended to and subtracted from the key. */
  isList(resourceType: number, key: string): boolean;
  /** The value a list starts from when nothing was set; null when there is none. */
  defaultValue(resourceType: number, key: string): string | null;
  /** Every topic setting as it would be in effect, for the answer of CreateTopics. */
  effectiveTopicConfigs(
    topic: ReadonlyMap<string, string>,
    node: ReadonlyMap<string, string>,
    cluster: ReadonlyMap<string, string>,
  ): readonly EffectiveConfig[];
  /** `min.insync.replicas` of the node's own properties. */
  readonly staticMinInsyncReplicas: number;
  /** `unclean.leader.election.enable` of the node's own properties. */
  readonly staticUncleanLeaderElection: boolean;
}

export interface EffectiveConfig {
  readonly name: string;
  readonly value: string | null;
  readonly readOnly: boolean;
  /** Kafka's ConfigSource code. */
  readonly configSource: number;
  readonly isSensitive: boolean;
}
