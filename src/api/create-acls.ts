/**
 * CreateAcls (30), versions 1-3: refused, as there is no authorizer that would enforce them (KIP-140). The active controller
 * is not asked: it may have one, and what it would store did not hold on this node.
 */
import { ErrorCode } from "../protocol/error-codes.ts";
import { CreateAclsRequest, CreateAclsResponse } from "../protocol/messages/create-acls.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import type { NodeServices } from "../server/services.ts";

export const createAcls: ApiHandler<typeof CreateAclsRequest, typeof CreateAclsResponse, NodeServices> = {
  request: CreateAclsRequest,
  response: CreateAclsResponse,
  handle(_services, _context, { creations }, reply) {
    const refused = { errorCode: ErrorCode.SECURITY_DISABLED, errorMessage: "No Authorizer is configured." };
    reply({ throttleTimeMs: 0, results: creations.map(() => refused) });
  },
};
