/** UnregisterBroker (64), version 0: removes a broker that will not come back from the cluster's metadata. */
import { UnregisterBrokerRequest, UnregisterBrokerResponse } from "../protocol/messages/unregister-broker.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import { controllerContext } from "../server/controller-context.ts";
import type { NodeServices } from "../server/services.ts";

export const unregisterBroker: ApiHandler<
  typeof UnregisterBrokerRequest,
  typeof UnregisterBrokerResponse,
  NodeServices
> = {
  request: UnregisterBrokerRequest,
  response: UnregisterBrokerResponse,
  handle(services, context, request, reply) {
    services.controller.unregisterBroker(controllerContext(context), request, reply);
  },
};
