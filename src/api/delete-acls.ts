/** DeleteAcls (31), versions 1-3: refused, as CreateAcls is (KIP-140). */
import { ErrorCode } from "../protocol/error-codes.ts";
import { DeleteAclsRequest, DeleteAclsResponse } from "../protocol/messages/delete-acls.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import type { NodeServices } from "../server/services.ts";

export const deleteAcls: ApiHandler<typeof DeleteAclsRequest, typeof DeleteAclsResponse, NodeServices> = {
  request: DeleteAclsRequest,
  response: DeleteAclsResponse,
  handle(_services, _context, { filters }, reply) {
    const { SECURITY_DISABLED } = ErrorCode;
    const refused = { errorCode: SECURITY_DISABLED, errorMessage: "No Authorizer is configured.", matchingAcls: [] };
    reply({ throttleTimeMs: 0, filterResults: filters.map(() => refused) });
  },
};
