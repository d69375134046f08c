/**
 * ElectLeaders (43), versions 0-2: preferred or unclean elections, of named partitions or of all.
 */
import { ElectLeadersRequest, ElectLeadersResponse } from "../protocol/messages/elect-leaders.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import { controllerContext } from "../server/controller-context.ts";
import type { NodeServices } from "../server/services.ts";

export const electLeaders: ApiHandler<typeof ElectLeadersRequest, typeof ElectLeadersResponse, NodeServices> = {
  request: ElectLeadersRequest,
  response: ElectLeadersResponse,
  handle(services, context, request, reply) {
    services.controller.electLeaders(controllerContext(context), request, reply);
  },
};
