/**
 * DescribeQuorum (55), versions 0-2: voters and observers of the metadata log and how far they are (KIP-595, KIP-836).
 */
import { DescribeQuorumRequest, DescribeQuorumResponse } from "../protocol/messages/describe-quorum.ts";
import type { Input } from "../protocol/schema.ts";
import { ZERO_UUID } from "../protocol/uuid.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import { controllerContext } from "../server/controller-context.ts";
import type { NodeServices } from "../server/services.ts";

type Response = Input<typeof DescribeQuorumResponse>;

export const describeQuorum: ApiHandler<typeof DescribeQuorumRequest, typeof DescribeQuorumResponse, NodeServices> = {
  request: DescribeQuorumRequest,
  response: DescribeQuorumResponse,
  handle(services, context, request, reply) {
    services.controller.describeQuorum(controllerContext(context), request, (response) =>
      reply(context.apiVersion < NAMES_DIRECTORIES_FROM ? withoutDirectories(response) : response),
    );
  },
};

const NAMES_DIRECTORIES_FROM = 2;

function withoutDirectories(response: Response): Response {
  const topics = response.topics.map(({ topicName, partitions }) => ({
    topicName,
    partitions: partitions.map((partition) => ({
      ...partition,
      currentVoters: partition.currentVoters.map((voter) => ({ ...voter, replicaDirectoryId: ZERO_UUID })),
      observers: partition.observers.map((observer) => ({ ...observer, replicaDirectoryId: ZERO_UUID })),
    })),
  }));
  return { ...response, topics, nodes: [] };
}
