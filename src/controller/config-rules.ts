import { validateClientMetricsConfigs } from "../config/client-metrics-config.ts";
import type { Config } from "../config/config.ts";
import type { ConfigDefinition } from "../config/definition.ts";
import { groupConfigs } from "../config/definitions/group.ts";
import { topicConfigs } from "../config/definitions/topic.ts";
import { type DescribedConfig, describeTopicConfigs } from "../config/describe.ts";
import { dynamicDefinitionOf, validateBrokerConfigs } from "../config/dynamic-broker-config.ts";
import { validateGroupConfigs } from "../config/group-config.ts";
import { validateTopicConfigs } from "../config/topic-config.ts";
import { ConfigResourceType } from "../protocol/config-resource-type.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { type ApiError, apiError } from "./api-error.ts";
import type { ConfigResource } from "./metadata-image.ts";

type Configs = ReadonlyMap<string, string>;

/** What the controller must know about configuration keys. */
export interface ConfigRules {
  /** Undefined when the resource may have exactly these settings. */
  validate(resource: ConfigResource, configs: Configs): ApiError | undefined;
  /** Whether values can be appended to and subtracted from the key. */
  isList(resourceType: number, key: string): boolean;
  /** The value a list starts from when nothing was set; null when there is none. */
  defaultValue(resourceType: number, key: string): string | null;
  /** Every topic setting as it would be in effect, for the answer of CreateTopics. */
  describeTopic(topic: Configs, broker: Configs, cluster: Configs): readonly DescribedConfig[];
  /** `min.insync.replicas` of the node's own properties. */
  readonly staticMinInsyncReplicas: number;
  /** `unclean.leader.election.enable` of the node's own properties. */
  readonly staticUncleanLeaderElection: boolean;
}

export function createConfigRules(config: Config): ConfigRules {
  return {
    validate({ type, name }, configs) {
      const refused = (errorCode: number, problem: string | undefined) =>
        problem === undefined ? undefined : apiError(errorCode, problem);
      switch (type) {
        case ConfigResourceType.TOPIC:
          return refused(ErrorCode.INVALID_CONFIG, validateTopicConfigs(configs));
        case ConfigResourceType.BROKER:
          return refused(ErrorCode.INVALID_REQUEST, validateBrokerConfigs(config, configs, name === ""));
        case ConfigResourceType.GROUP:
          return refused(ErrorCode.INVALID_CONFIG, validateGroupConfigs(config, configs));
        case ConfigResourceType.CLIENT_METRICS: {
          const problem = validateClientMetricsConfigs(configs);
          const errorCode = problem?.isOfRequest ? ErrorCode.INVALID_REQUEST : ErrorCode.INVALID_CONFIG;
          return refused(errorCode, problem?.message);
        }
        default:
          return apiError(ErrorCode.INVALID_REQUEST, `Unknown resource type ${type}`);
      }
    },
    isList: (type, key) => definitionOf(type, key)?.type === "list",
    defaultValue: (type, key) => definitionOf(type, key)?.defaultText ?? null,
    describeTopic: (topic, broker, cluster) => describeTopicConfigs({ static: config, cluster, broker }, topic),
    staticMinInsyncReplicas: config["min.insync.replicas"],
    staticUncleanLeaderElection: config["unclean.leader.election.enable"],
  };
}

function definitionOf(type: number, key: string): ConfigDefinition | undefined {
  if (type === ConfigResourceType.BROKER) return dynamicDefinitionOf(key);
  const table = DEFINITIONS[type] ?? {};
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** Those of client metrics subscriptions are not here: as in Kafka, nothing can be appended to theirs. */
const DEFINITIONS: Readonly<Record<number, Readonly<Record<string, ConfigDefinition>>>> = {
  [ConfigResourceType.TOPIC]: topicConfigs,
  [ConfigResourceType.GROUP]: groupConfigs,
};
