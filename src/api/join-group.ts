/**
 * JoinGroup (11), versions 0-9: a member enters a classic group, or rejoins it for its next generation. The answer comes
 * when the rebalance completes: only then are the members and their leader known.
 */
import { type GroupRequestContext, uuidText } from "../coordinator/group/group-request-context.ts";
import { JoinGroupRequest, JoinGroupResponse } from "../protocol/messages/join-group.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import { javaHost } from "../server/ip-address.ts";
import type { RequestContext } from "../server/request-context.ts";
import type { Services } from "../server/services.ts";

/** From here on an answer without a protocol says null; before, an empty name. */
const NULLABLE_PROTOCOL_VERSION = 7;

export const joinGroup: ApiHandler<typeof JoinGroupRequest, typeof JoinGroupResponse> = {
  request: JoinGroupRequest,
  response: JoinGroupResponse,
  handle(services, context, request, reply) {
    services.groups.joinGroup(request, joinContext(services, context), (response) => {
      const withoutProtocol = context.apiVersion < NULLABLE_PROTOCOL_VERSION ? "" : null;
      reply({ ...response, protocolName: response.protocolName || withoutProtocol });
    });
  },
};

function joinContext({ runtime }: Services, { apiVersion, clientId, clientHost }: RequestContext): GroupRequestContext {
  return {
    apiVersion,
    clientId,
    clientHost: javaHost(clientHost),
    newUuid: () => uuidText(runtime.random.bytes(16)),
  };
}
