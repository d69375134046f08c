/** ListPartitionReassignments (46), version 0: which partitions are moving (KIP-455). */
import {
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponse,
} from "../protocol/messages/list-partition-reassignments.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import { controllerContext } from "../server/controller-context.ts";
import type { NodeServices } from "../server/services.ts";

export const listPartitionReassignments: ApiHandler<
  typeof ListPartitionReassignmentsRequest,
  typeof ListPartitionReassignmentsResponse,
  NodeServices
> = {
  request: ListPartitionReassignmentsRequest,
  response: ListPartitionReassignmentsResponse,
  handle(services, context, request, reply) {
    services.controller.listPartitionReassignments(controllerContext(context), request, reply);
  },
};
