/** BrokerRegistration (62), versions 0-4, between nodes: a broker and its incarnation make themselves known (KIP-631). */
import { BrokerRegistrationRequest, BrokerRegistrationResponse } from "../protocol/messages/broker-registration.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import { controllerContext } from "../server/controller-context.ts";
import type { NodeServices } from "../server/services.ts";

export const brokerRegistration: ApiHandler<
  typeof BrokerRegistrationRequest,
  typeof BrokerRegistrationResponse,
  NodeServices
> = {
  request: BrokerRegistrationRequest,
  response: BrokerRegistrationResponse,
  handle(services, context, request, reply) {
    services.controller.registerBroker(controllerContext(context), request, reply);
  },
};
