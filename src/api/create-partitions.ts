/**
 * CreatePartitions (37), versions 0-3: raises the partition count of topics, with placement by the controller or by hand.
 */
import { CreatePartitionsRequest, CreatePartitionsResponse } from "../protocol/messages/create-partitions.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import { controllerContext } from "../server/controller-context.ts";
import type { NodeServices } from "../server/services.ts";

export const createPartitions: ApiHandler<
  typeof CreatePartitionsRequest,
  typeof CreatePartitionsResponse,
  NodeServices
> = {
  request: CreatePartitionsRequest,
  response: CreatePartitionsResponse,
  handle(services, context, request, reply) {
    services.controller.createPartitions(controllerContext(context), request, reply);
  },
};
