/**
 * ListConfigResources (74), versions 0-1: names of what can be configured. Version 0 lists client metrics subscriptions
 * only; version 1 lists the types asked for, or all of them (KIP-1142).
 */

import type { MetadataImage } from "../controller/metadata-image.ts";
import { ConfigResourceType } from "../protocol/config-resource-type.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { ListConfigResourcesRequest, ListConfigResourcesResponse } from "../protocol/messages/list-config-resources.ts";
import type { ApiHandler } from "../server/api-handler.ts";

const { TOPIC, BROKER, BROKER_LOGGER, CLIENT_METRICS, GROUP } = ConfigResourceType;
const ALL_TYPES: readonly number[] = [TOPIC, BROKER, BROKER_LOGGER, CLIENT_METRICS, GROUP];

export const listConfigResources: ApiHandler<typeof ListConfigResourcesRequest, typeof ListConfigResourcesResponse> = {
  request: ListConfigResourcesRequest,
  response: ListConfigResourcesResponse,
  handle(services, context, request, reply) {
    const types = typesOf(context.apiVersion, request.resourceTypes);
    if (types.some((type) => !ALL_TYPES.includes(type))) {
      reply({ throttleTimeMs: 0, errorCode: ErrorCode.UNSUPPORTED_VERSION, configResources: [] });
      return;
    }
    const image = services.metadata();
    reply({
      throttleTimeMs: 0,
      errorCode: ErrorCode.NONE,
      configResources: types.flatMap((type) =>
        namesOf(image, type).map((resourceName) => ({ resourceName, resourceType: type })),
      ),
    });
  },
};

function typesOf(apiVersion: number, asked: readonly number[]): readonly number[] {
  if (apiVersion === 0) return [CLIENT_METRICS];
  return asked.length === 0 ? ALL_TYPES : [...new Set(asked)];
}

function namesOf(image: MetadataImage, type: number): string[] {
  if (type === TOPIC) return [...image.topics].map((topic) => topic.name);
  if (type === BROKER || type === BROKER_LOGGER) {
    return [...image.brokers.values()].filter((broker) => !broker.fenced).map((broker) => String(broker.id));
  }
  return [...image.configs].filter((resource) => resource.type === type).map((resource) => resource.name);
}
