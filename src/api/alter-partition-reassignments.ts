/**
 * AlterPartitionReassignments (45), versions 0-1: moves replicas to other brokers, and cancels that (KIP-455); version 1
 * can refuse to change how many there are (KIP-860).
 */
import {
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
} from "../protocol/messages/alter-partition-reassignments.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import { controllerContext } from "../server/controller-context.ts";
import type { NodeServices } from "../server/services.ts";

export const alterPartitionReassignments: ApiHandler<
  typeof AlterPartitionReassignmentsRequest,
  typeof AlterPartitionReassignmentsResponse,
  NodeServices
> = {
  request: AlterPartitionReassignmentsRequest,
  response: AlterPartitionReassignmentsResponse,
  handle(services, context, request, reply) {
    services.controller.alterPartitionReassignments(controllerContext(context), request, reply);
  },
};
