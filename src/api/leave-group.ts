/** LeaveGroup (13), versions 0-5: members leave a classic group at once, instead of by their session timeout. */
import { ErrorCode } from "../protocol/error-codes.ts";
import { LeaveGroupRequest, LeaveGroupResponse } from "../protocol/messages/leave-group.ts";
import type { ApiHandler } from "../server/api-handler.ts";

/** From here on the request names several members, and the answer has an error code for each. */
const BATCH_VERSION = 3;

export const leaveGroup: ApiHandler<typeof LeaveGroupRequest, typeof LeaveGroupResponse> = {
  request: LeaveGroupRequest,
  response: LeaveGroupResponse,
  handle(services, context, request, reply) {
    const isBatch = context.apiVersion >= BATCH_VERSION;
    const members = isBatch ? request.members : [{ memberId: request.memberId, groupInstanceId: null, reason: null }];
    services.groups.leaveGroup(request.groupId, members, (response) => {
      if (isBatch) {
        reply(response);
      } else {
        const memberErrorCode = response.members?.[0]?.errorCode ?? ErrorCode.NONE;
        reply({ errorCode: response.errorCode === ErrorCode.NONE ? memberErrorCode : response.errorCode });
      }
    });
  },
};
