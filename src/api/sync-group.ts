/**
 * SyncGroup (14), versions 0-5: the leader of a generation brings the assignment, every member gets its part. Members that
 * come before the leader wait.
 */
import { ErrorCode } from "../protocol/error-codes.ts";
import { SyncGroupRequest, SyncGroupResponse } from "../protocol/messages/sync-group.ts";
import type { ApiHandler } from "../server/api-handler.ts";

/** From here on a member must say which protocol it believes to be in (KIP-559). */
const MANDATORY_PROTOCOL_VERSION = 5;

export const syncGroup: ApiHandler<typeof SyncGroupRequest, typeof SyncGroupResponse> = {
  request: SyncGroupRequest,
  response: SyncGroupResponse,
  handle(services, context, request, reply) {
    const lacksProtocol = request.protocolType === null || request.protocolName === null;
    if (context.apiVersion >= MANDATORY_PROTOCOL_VERSION && lacksProtocol) {
      reply({ errorCode: ErrorCode.INCONSISTENT_GROUP_PROTOCOL, assignment: new Uint8Array(0) });
    } else {
      services.groups.syncGroup(request, reply);
    }
  },
};
