/** Heartbeat (12), versions 0-4: a member of a classic group is alive, and learns whether it has to rejoin. */
import { HeartbeatRequest, HeartbeatResponse } from "../protocol/messages/heartbeat.ts";
import type { ApiHandler } from "../server/api-handler.ts";

export const heartbeat: ApiHandler<typeof HeartbeatRequest, typeof HeartbeatResponse> = {
  request: HeartbeatRequest,
  response: HeartbeatResponse,
  handle(services, _context, request, reply) {
    services.groups.heartbeat(request, (errorCode) => reply({ errorCode }));
  },
};
