/**
 * DescribeGroups (15), versions 0-6: state and members of classic groups; subscriptions are shown while the group is
 * stable. Up to version 5 a group that does not exist is in state Dead; from 6 on it is an error too (KIP-1043).
 */
import { ErrorCode } from "../protocol/error-codes.ts";
import { DescribeGroupsRequest, DescribeGroupsResponse } from "../protocol/messages/describe-groups.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import { GROUP_OPERATIONS, OPERATIONS_NOT_REQUESTED } from "../server/authorized-operations.ts";

export const describeGroups: ApiHandler<typeof DescribeGroupsRequest, typeof DescribeGroupsResponse> = {
  request: DescribeGroupsRequest,
  response: DescribeGroupsResponse,
  handle(services, context, request, reply) {
    const wanted = request.includeAuthorizedOperations;
    reply({
      groups: services.groups.describeGroups(request, context.apiVersion).map((group) => ({
        ...group,
        authorizedOperations:
          wanted && group.errorCode === ErrorCode.NONE ? GROUP_OPERATIONS : OPERATIONS_NOT_REQUESTED,
      })),
    });
  },
};
