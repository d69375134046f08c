/** CreateAcls (30), versions 1-3: passed on to the active controller, which refuses it unless it has an authorizer (KIP-140). */
import { CreateAclsRequest, CreateAclsResponse } from "../protocol/messages/create-acls.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import { controllerContext } from "../server/controller-context.ts";
import type { NodeServices } from "../server/services.ts";
import { unknownElement } from "./acl-elements.ts";

export const createAcls: ApiHandler<typeof CreateAclsRequest, typeof CreateAclsResponse, NodeServices> = {
  request: CreateAclsRequest,
  response: CreateAclsResponse,
  handle(services, context, request, reply) {
    for (const { resourceType, resourcePatternType: patternType, operation, permissionType } of request.creations) {
      const problem = unknownElement({ resourceType, patternType, operation, permissionType });
      if (problem !== undefined) return context.disconnect(problem);
    }
    services.controller.createAcls(controllerContext(context), request, reply);
  },
};
