/** AlterPartition (56), versions 2-3, between nodes: leaders report who is in sync (KIP-497), by incarnation (KIP-903). */
import { AlterPartitionRequest, AlterPartitionResponse } from "../protocol/messages/alter-partition.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import { controllerContext } from "../server/controller-context.ts";
import type { NodeServices } from "../server/services.ts";

export const alterPartition: ApiHandler<typeof AlterPartitionRequest, typeof AlterPartitionResponse, NodeServices> = {
  request: AlterPartitionRequest,
  response: AlterPartitionResponse,
  handle(services, context, request, reply) {
    services.controller.alterPartition(controllerContext(context), request, reply);
  },
};
