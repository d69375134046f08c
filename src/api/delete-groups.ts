/** DeleteGroups (42), versions 0-3: deletes groups without members, and their offsets (KIP-229). */
import { DeleteGroupsRequest, DeleteGroupsResponse } from "../protocol/messages/delete-groups.ts";
import type { ApiHandler } from "../server/api-handler.ts";

export const deleteGroups: ApiHandler<typeof DeleteGroupsRequest, typeof DeleteGroupsResponse> = {
  request: DeleteGroupsRequest,
  response: DeleteGroupsResponse,
  handle(services, _context, request, reply) {
    const groupIds = [...new Set(request.groupsNames)];
    services.groups.deleteGroups(groupIds, (results) => reply({ throttleTimeMs: 0, results }));
  },
};
