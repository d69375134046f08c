/**
 * DescribeCluster (60) on a controller's own listener: the controllers, for clients that bootstrap from them (KIP-919).
 */
import { ErrorCode } from "../protocol/error-codes.ts";
import { DescribeClusterRequest, DescribeClusterResponse } from "../protocol/messages/describe-cluster.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import { CLUSTER_OPERATIONS, OPERATIONS_NOT_REQUESTED } from "../server/authorized-operations.ts";
import type { NodeServices } from "../server/services.ts";

const BROKERS = 1;
const CONTROLLERS = 2;

export const describeControllers: ApiHandler<
  typeof DescribeClusterRequest,
  typeof DescribeClusterResponse,
  NodeServices
> = {
  request: DescribeClusterRequest,
  response: DescribeClusterResponse,
  handle(services, context, request, reply) {
    if (request.endpointType !== CONTROLLERS) {
      const known = request.endpointType === BROKERS;
      reply({
        throttleTimeMs: 0,
        errorCode: known ? ErrorCode.MISMATCHED_ENDPOINT_TYPE : ErrorCode.UNSUPPORTED_ENDPOINT_TYPE,
        errorMessage: known
          ? "The request was sent to an endpoint of type CONTROLLER, but we wanted an endpoint of type BROKER"
          : `Unsupported endpoint type ${request.endpointType}`,
        clusterId: "",
        brokers: [],
      });
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
      endpointType: CONTROLLERS,
      clusterId: services.clusterId,
      controllerId: controllers.some(({ brokerId }) => brokerId === leaderId) ? leaderId : -1,
      brokers: controllers,
      clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
        ? CLUSTER_OPERATIONS
        : OPERATIONS_NOT_REQUESTED,
    });
  },
};
