/** DeleteAcls (31), versions 1-3: passed on to the active controller, as CreateAcls is (KIP-140). */
import { DeleteAclsRequest, DeleteAclsResponse } from "../protocol/messages/delete-acls.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import { controllerContext } from "../server/controller-context.ts";
import type { NodeServices } from "../server/services.ts";
import { unknownElement } from "./acl-elements.ts";

export const deleteAcls: ApiHandler<typeof DeleteAclsRequest, typeof DeleteAclsResponse, NodeServices> = {
  request: DeleteAclsRequest,
  response: DeleteAclsResponse,
  handle(services, context, request, reply) {
    for (const { resourceTypeFilter, patternTypeFilter, operation, permissionType } of request.filters) {
      const elements = { resourceType: resourceTypeFilter, patternType: patternTypeFilter, operation, permissionType };
      const problem = unknownElement(elements);
      if (problem !== undefined) return context.disconnect(problem);
    }
    services.controller.deleteAcls(controllerContext(context), request, reply);
  },
};
