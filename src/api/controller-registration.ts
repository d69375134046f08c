/** ControllerRegistration (70), version 0, between nodes: a controller tells where it is reached and what it supports (KIP-919). */
import {
  ControllerRegistrationRequest,
  ControllerRegistrationResponse,
} from "../protocol/messages/controller-registration.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import { controllerContext } from "../server/controller-context.ts";
import type { NodeServices } from "../server/services.ts";

export const controllerRegistration: ApiHandler<
  typeof ControllerRegistrationRequest,
  typeof ControllerRegistrationResponse,
  NodeServices
> = {
  request: ControllerRegistrationRequest,
  response: ControllerRegistrationResponse,
  handle(services, context, request, reply) {
    services.controller.registerController(controllerContext(context), request, reply);
  },
};
