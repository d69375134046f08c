/**
 * DescribeConfigs (32), versions 1-4: the settings of topics, of this broker, of the cluster's defaults, of groups and of
 * client metrics subscriptions, with where each value comes from, its synonyms (KIP-226) and its documentation (KIP-569),
 * and the level of this broker's log (KIP-412).
 */

import {
  type DescribedConfig,
  describeBrokerConfigs,
  describeClientMetricsConfigs,
  describeClusterConfigs,
  describeGroupConfigs,
  describeTopicConfigs,
} from "../config/describe.ts";
import type { MetadataImage } from "../controller/metadata-image.ts";
import { topicNameProblem } from "../controller/topic-name.ts";
import { ConfigResourceType } from "../protocol/config-resource-type.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { DescribeConfigsRequest, DescribeConfigsResponse } from "../protocol/messages/describe-configs.ts";
import type { Infer, Input } from "../protocol/schema.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import { describeLoggers } from "../server/broker-logger.ts";
import { configLayersOf } from "../server/config-layers-of.ts";
import { brokerNameProblem } from "../server/config-preprocessing.ts";
import type { NodeServices } from "../server/services.ts";

type Request = Infer<typeof DescribeConfigsRequest>;
type Resource = Request["resources"][number];
type Result = Input<typeof DescribeConfigsResponse>["results"][number];

const DESCRIBABLE: ReadonlySet<number> = new Set(Object.values(ConfigResourceType));

export const describeConfigs: ApiHandler<typeof DescribeConfigsRequest, typeof DescribeConfigsResponse, NodeServices> =
  {
    request: DescribeConfigsRequest,
    response: DescribeConfigsResponse,
    handle(services, _context, request, reply) {
      const image = services.metadata();
      const unknown = request.resources.find(({ resourceType }) => !DESCRIBABLE.has(resourceType));
      reply({
        throttleTimeMs: 0,
        results: request.resources.map((resource) =>
          unknown === undefined ? describe(services, image, request, resource) : refuseFor(unknown, resource),
        ),
      });
    },
  };

/** As in Kafka, the request as a whole. */
function refuseFor(unknown: Resource, resource: Resource): Result {
  const message = `Unexpected resource type ${unknown.resourceType} for resource ${unknown.resourceName}`;
  return { ...refusal(ErrorCode.INVALID_REQUEST, message), ...nameOf(resource), configs: [] };
}

function describe(services: NodeServices, image: MetadataImage, request: Request, resource: Resource): Result {
  const described = settingsOf(services, image, resource);
  if ("errorCode" in described) return { ...described, ...nameOf(resource), configs: [] };
  const keys = resource.configurationKeys;
  const chosen =
    keys === null || keys.length === 0
      ? described.configs
      : described.configs.filter(({ name }) => keys.includes(name));
  return {
    errorCode: ErrorCode.NONE,
    errorMessage: "",
    ...nameOf(resource),
    configs: chosen.map(
      ({ name, value, readOnly, configSource, isSensitive, synonyms, configType, documentation }) => ({
        name,
        value,
        readOnly,
        configSource,
        isSensitive,
        synonyms: request.includeSynonyms ? [...synonyms] : [],
        configType,
        // As in Apache Kafka, where loggers have no documentation whether it is asked for or not.
        documentation: request.includeDocumentation || documentation === "" ? documentation : null,
      }),
    ),
  };
}

type Settings = { readonly configs: readonly DescribedConfig[] } | Refusal;
interface Refusal {
  readonly errorCode: number;
  readonly errorMessage: string;
}

function settingsOf(services: NodeServices, image: MetadataImage, { resourceType, resourceName }: Resource): Settings {
  const layers = configLayersOf(image, services.config);
  const own = image.configs.get(resourceType, resourceName);
  switch (resourceType) {
    case ConfigResourceType.TOPIC: {
      const problem = topicNameProblem(resourceName);
      if (problem !== undefined) return refusal(ErrorCode.INVALID_TOPIC_EXCEPTION, `Topic name is invalid: ${problem}`);
      if (image.topics.byName(resourceName) === undefined) return refusal(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "");
      return { configs: describeTopicConfigs(layers, own) };
    }
    case ConfigResourceType.BROKER: {
      if (resourceName === "") return { configs: describeClusterConfigs(own) };
      const problem = brokerNameProblem(
        resourceName,
        services.nodeId,
        "Broker id",
        `${services.nodeId} or empty string,`,
      );
      if (problem !== undefined) return refusal(ErrorCode.INVALID_REQUEST, problem);
      return { configs: describeBrokerConfigs(layers) };
    }
    case ConfigResourceType.BROKER_LOGGER: {
      if (resourceName === "") return refusal(ErrorCode.INVALID_REQUEST, "Broker id must not be empty");
      const problem = brokerNameProblem(resourceName, services.nodeId, "Broker id", `${services.nodeId}`);
      if (problem !== undefined) return refusal(ErrorCode.INVALID_REQUEST, problem);
      return { configs: describeLoggers(services.runtime.log) };
    }
    case ConfigResourceType.GROUP:
      if (resourceName === "") return refusal(ErrorCode.INVALID_REQUEST, "Group name must not be empty");
      return { configs: describeGroupConfigs(layers, own) };
    default:
      // A client metrics subscription: nothing else is left of what can be described.
      if (resourceName === "") {
        return refusal(ErrorCode.INVALID_REQUEST, "Client metrics subscription name must not be empty");
      }
      return { configs: describeClientMetricsConfigs(own) };
  }
}

function refusal(errorCode: number, errorMessage: string): Refusal {
  return { errorCode, errorMessage };
}

function nameOf({ resourceType, resourceName }: Resource) {
  return { resourceType, resourceName };
}
