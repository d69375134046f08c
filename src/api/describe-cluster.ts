/**
 * DescribeCluster (60), versions 0-2: the brokers of the cluster. A broker describes brokers only; controllers are
 * described by controllers (KIP-919). Fenced brokers are listed on request from version 2 on (KIP-1073).
 */
import { ErrorCode } from "../protocol/error-codes.ts";
import { DescribeClusterRequest, DescribeClusterResponse } from "../protocol/messages/describe-cluster.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import { CLUSTER_OPERATIONS, OPERATIONS_NOT_REQUESTED } from "../server/authorized-operations.ts";
import { EndpointType, refusedEndpointType } from "../server/endpoint-type.ts";
import { liveBrokers } from "../server/live-brokers.ts";

export const describeCluster: ApiHandler<typeof DescribeClusterRequest, typeof DescribeClusterResponse> = {
  request: DescribeClusterRequest,
  response: DescribeClusterResponse,
  handle(services, context, request, reply) {
    const { clusterId } = services;
    const refused = refusedEndpointType(request.endpointType, "BROKER");
    if (refused !== undefined) {
      reply(refused);
      return;
    }
    const image = services.metadata();
    const live = liveBrokers(image, context.listenerName);
    const brokers = live.map(({ broker, endpoint }) => ({ broker, endpoint, isFenced: false }));
    if (request.includeFencedBrokers) {
      for (const broker of image.brokers.values()) {
        const endpoint = broker.listeners.get(context.listenerName);
        if (broker.fenced && endpoint !== undefined) brokers.push({ broker, endpoint, isFenced: true });
      }
    }
    reply({
      throttleTimeMs: 0,
      errorCode: ErrorCode.NONE,
      endpointType: EndpointType.BROKER,
      clusterId,
      controllerId: live[0]?.broker.id ?? -1,
      brokers: brokers.map(({ broker, endpoint, isFenced }) => ({
        brokerId: broker.id,
        host: endpoint.host,
        port: endpoint.port,
        rack: broker.rack,
        isFenced,
      })),
      clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
        ? CLUSTER_OPERATIONS
        : OPERATIONS_NOT_REQUESTED,
    });
  },
};
