/** UnregisterController (94), version 0: takes a controller that will not come back out of the cluster's metadata. */
import {
  UnregisterControllerRequest,
  UnregisterControllerResponse,
} from "../protocol/messages/unregister-controller.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import { controllerContext } from "../server/controller-context.ts";
import type { NodeServices } from "../server/services.ts";

export const unregisterController: ApiHandler<
  typeof UnregisterControllerRequest,
  typeof UnregisterControllerResponse,
  NodeServices
> = {
  request: UnregisterControllerRequest,
  response: UnregisterControllerResponse,
  handle(services, context, request, reply) {
    services.controller.unregisterController(controllerContext(context), request, reply);
  },
};
