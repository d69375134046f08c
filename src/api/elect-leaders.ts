/**
 * ElectLeaders (43), versions 0-2: preferred or unclean elections, of named partitions or of all.
 */
import { ErrorCode } from "../protocol/error-codes.ts";
import { ElectLeadersRequest, ElectLeadersResponse } from "../protocol/messages/elect-leaders.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import { controllerContext } from "../server/controller-context.ts";
import type { NodeServices } from "../server/services.ts";

export const electLeaders: ApiHandler<typeof ElectLeadersRequest, typeof ElectLeadersResponse, NodeServices> = {
  request: ElectLeadersRequest,
  response: ElectLeadersResponse,
  handle(services, context, request, reply) {
    services.controller.electLeaders(controllerContext(context), request, (response) => {
      // Version 0 has no error of the whole request; its partitions say it.
      reply(context.apiVersion === 0 ? { ...response, errorCode: ErrorCode.NONE } : response);
    });
  },
};
