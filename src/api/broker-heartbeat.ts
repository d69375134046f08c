/** BrokerHeartbeat (63), versions 0-2, between nodes: keeps a broker's session alive, and asks for fencing and shutdown. */
import { BrokerHeartbeatRequest, BrokerHeartbeatResponse } from "../protocol/messages/broker-heartbeat.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import { controllerContext } from "../server/controller-context.ts";
import type { ControllerServices } from "../server/services.ts";

export const brokerHeartbeat: ApiHandler<
  typeof BrokerHeartbeatRequest,
  typeof BrokerHeartbeatResponse,
  ControllerServices
> = {
  request: BrokerHeartbeatRequest,
  response: BrokerHeartbeatResponse,
  handle(services, context, request, reply) {
    services.brokerWatch?.heartbeat(request.brokerId, request.brokerEpoch, context);
    services.controller.brokerHeartbeat(controllerContext(context), request, reply);
  },
};
