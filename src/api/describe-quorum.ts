/**
 * DescribeQuorum (55), versions 0-2: voters and observers of the metadata log and how far they are (KIP-595, KIP-836).
 */
import { DescribeQuorumRequest, DescribeQuorumResponse } from "../protocol/messages/describe-quorum.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import { controllerContext } from "../server/controller-context.ts";
import type { NodeServices } from "../server/services.ts";

export const describeQuorum: ApiHandler<typeof DescribeQuorumRequest, typeof DescribeQuorumResponse, NodeServices> = {
  request: DescribeQuorumRequest,
  response: DescribeQuorumResponse,
  handle(services, context, request, reply) {
    services.controller.describeQuorum(controllerContext(context), request, reply);
  },
};
