/** RemoveRaftVoter (81), version 0: takes a controller out of the voters of the metadata quorum (KIP-853). */
import { RemoveRaftVoterRequest, RemoveRaftVoterResponse } from "../protocol/messages/remove-raft-voter.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import { controllerContext } from "../server/controller-context.ts";
import type { NodeServices } from "../server/services.ts";

export const removeRaftVoter: ApiHandler<typeof RemoveRaftVoterRequest, typeof RemoveRaftVoterResponse, NodeServices> =
  {
    request: RemoveRaftVoterRequest,
    response: RemoveRaftVoterResponse,
    handle(services, context, request, reply) {
      services.controller.removeRaftVoter(controllerContext(context), request, reply);
    },
  };
