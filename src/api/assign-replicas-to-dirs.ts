/** AssignReplicasToDirs (73), version 0, between nodes: a broker tells in which log directories its replicas are (KIP-858). */
import {
  AssignReplicasToDirsRequest,
  AssignReplicasToDirsResponse,
} from "../protocol/messages/assign-replicas-to-dirs.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import { controllerContext } from "../server/controller-context.ts";
import type { NodeServices } from "../server/services.ts";

export const assignReplicasToDirs: ApiHandler<
  typeof AssignReplicasToDirsRequest,
  typeof AssignReplicasToDirsResponse,
  NodeServices
> = {
  request: AssignReplicasToDirsRequest,
  response: AssignReplicasToDirsResponse,
  handle(services, context, request, reply) {
    services.controller.assignReplicasToDirs(controllerContext(context), request, reply);
  },
};
