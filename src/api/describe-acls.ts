/** DescribeAcls (29), versions 1-3: what this node enforces is no ACL, as no authorizer is built yet (KIP-140). */
import { ErrorCode } from "../protocol/error-codes.ts";
import { DescribeAclsRequest, DescribeAclsResponse } from "../protocol/messages/describe-acls.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import type { NodeServices } from "../server/services.ts";
import { unknownElement } from "./acl-elements.ts";

export const describeAcls: ApiHandler<typeof DescribeAclsRequest, typeof DescribeAclsResponse, NodeServices> = {
  request: DescribeAclsRequest,
  response: DescribeAclsResponse,
  handle(_services, context, request, reply) {
    const { resourceTypeFilter, patternTypeFilter, operation, permissionType } = request;
    const elements = { resourceType: resourceTypeFilter, patternType: patternTypeFilter, operation, permissionType };
    const problem = unknownElement(elements);
    if (problem !== undefined) return context.disconnect(problem);
    reply({
      throttleTimeMs: 0,
      errorCode: ErrorCode.SECURITY_DISABLED,
      errorMessage: "No Authorizer is configured on the broker",
      resources: [],
    });
  },
};
