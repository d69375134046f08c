/** CreateAcls and DeleteAcls: refused, as there is no authorizer that would enforce what was kept (KIP-140). */
import { ErrorCode } from "../protocol/error-codes.ts";
import type { CreateAclsRequest, CreateAclsResponse } from "../protocol/messages/create-acls.ts";
import type { DeleteAclsRequest, DeleteAclsResponse } from "../protocol/messages/delete-acls.ts";
import type { Infer, Input } from "../protocol/schema.ts";
import { type ApiError, apiError } from "./api-error.ts";

const NO_AUTHORIZER = apiError(ErrorCode.SECURITY_DISABLED, "No Authorizer is configured.");

export function createAclsFailed(
  { creations }: Infer<typeof CreateAclsRequest>,
  error: ApiError = NO_AUTHORIZER,
): Input<typeof CreateAclsResponse> {
  return { throttleTimeMs: 0, results: creations.map(() => error) };
}

export function deleteAclsFailed(
  { filters }: Infer<typeof DeleteAclsRequest>,
  error: ApiError = NO_AUTHORIZER,
): Input<typeof DeleteAclsResponse> {
  return { throttleTimeMs: 0, filterResults: filters.map(() => ({ ...error, matchingAcls: [] })) };
}
