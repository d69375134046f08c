/** AddRaftVoter (80), versions 0-1: makes a controller that has caught up a voter of the metadata quorum (KIP-853). */
import { AddRaftVoterRequest, AddRaftVoterResponse } from "../protocol/messages/add-raft-voter.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import { controllerContext } from "../server/controller-context.ts";
import type { NodeServices } from "../server/services.ts";

export const addRaftVoter: ApiHandler<typeof AddRaftVoterRequest, typeof AddRaftVoterResponse, NodeServices> = {
  request: AddRaftVoterRequest,
  response: AddRaftVoterResponse,
  handle(services, context, request, reply) {
    services.controller.addRaftVoter(controllerContext(context), request, reply);
  },
};
