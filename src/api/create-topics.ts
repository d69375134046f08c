/**
 * CreateTopics (19), versions 2-7: decided by the controller. Counts of partitions and replicas may be left to the broker
 * defaults (-1, KIP-464), or replicas assigned by hand; `validateOnly` checks without creating.
 */
import { CreateTopicsRequest, CreateTopicsResponse } from "../protocol/messages/create-topics.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import { controllerContext } from "../server/controller-context.ts";
import type { NodeServices } from "../server/services.ts";

export const createTopics: ApiHandler<typeof CreateTopicsRequest, typeof CreateTopicsResponse, NodeServices> = {
  request: CreateTopicsRequest,
  response: CreateTopicsResponse,
  handle(services, context, request, reply) {
    services.controller.createTopics(controllerContext(context), request, reply);
  },
};
