/** ListGroups (16), versions 0-5: the groups this broker coordinates, by state (KIP-518) and type (KIP-848). */
import { ListGroupsRequest, ListGroupsResponse } from "../protocol/messages/list-groups.ts";
import type { ApiHandler } from "../server/api-handler.ts";

export const listGroups: ApiHandler<typeof ListGroupsRequest, typeof ListGroupsResponse> = {
  request: ListGroupsRequest,
  response: ListGroupsResponse,
  handle(services, _context, request, reply) {
    reply(services.groups.listGroups(request));
  },
};
