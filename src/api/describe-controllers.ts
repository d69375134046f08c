/**
 * DescribeCluster (60) on a controller's own listener: the controllers, for clients that bootstrap from them (KIP-919).
 */
import { ErrorCode } from "../protocol/error-codes.ts";
import { DescribeClusterRequest, DescribeClusterResponse } from "../protocol/messages/describe-cluster.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import { CLUSTER_OPERATIONS, OPERATIONS_NOT_REQUESTED } from "../server/authorized-operations.ts";
import { EndpointType, refusedEndpointType } from "../server/endpoint-type.ts";
import type { NodeServices } from "../server/services.ts";

export const describeControllers: ApiHandler<
  typeof DescribeClusterRequest,
  typeof DescribeClusterResponse,
  NodeServices
> = {
  request: DescribeClusterRequest,
  response: DescribeClusterResponse,
  handle(services, context, request, reply) {
    const refused = refusedEndpointType(request.endpointType, "CONTROLLER");
    if (refused !== undefined) {
      reply(refused);
      return;
    }
    const controllers = [...services.metadata().controllers.values()].flatMap(({ id, listeners }) => {
      const endpoint = listeners.get(context.listenerName);
      return endpoint === undefined ? [] : [{ brokerId: id, host: endpoint.host, port: endpoint.port, rack: null }];
    });
    const leaderId = services.controllerLeaderId();
    reply({
      throttleTimeMs: 0,
      errorCode: ErrorCode.NONE,
      endpointType: EndpointType.CONTROLLER,
      clusterId: services.clusterId,
      controllerId: controllers.some(({ brokerId }) => brokerId === leaderId) ? leaderId : -1,
      brokers: controllers,
      clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
        ? CLUSTER_OPERATIONS
        : OPERATIONS_NOT_REQUESTED,
    });
  },
};
