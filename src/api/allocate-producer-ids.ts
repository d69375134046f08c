/** AllocateProducerIds (67), version 0, between nodes: a broker gets the next thousand of the cluster's producer ids. */
import { AllocateProducerIdsRequest, AllocateProducerIdsResponse } from "../protocol/messages/allocate-producer-ids.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import { controllerContext } from "../server/controller-context.ts";
import type { NodeServices } from "../server/services.ts";

export const allocateProducerIds: ApiHandler<
  typeof AllocateProducerIdsRequest,
  typeof AllocateProducerIdsResponse,
  NodeServices
> = {
  request: AllocateProducerIdsRequest,
  response: AllocateProducerIdsResponse,
  handle(services, context, request, reply) {
    services.controller.allocateProducerIds(controllerContext(context), request, reply);
  },
};
