/**
 * FindCoordinator (10), versions 0-6: which broker coordinates a group; several at once from version 4 on (KIP-699). It is
 * the leader of the group's partition of `__consumer_offsets`; the first request for it creates that topic, and is
 * answered by COORDINATOR_NOT_AVAILABLE, as with Apache Kafka: clients ask again.
 *
 * Left out: transactional ids and share partitions. Until they are coordinated the answer is an error that clients do not
 * retry, so that an application learns at once what is missing.
 */

import { partitionFor } from "../coordinator/partition-for.ts";
import { ErrorCode, errorMessage } from "../protocol/error-codes.ts";
import { OFFSETS_TOPIC } from "../protocol/internal-topics.ts";
import { FindCoordinatorRequest, FindCoordinatorResponse } from "../protocol/messages/find-coordinator.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import { liveEndpoint } from "../server/live-brokers.ts";
import type { RequestContext } from "../server/request-context.ts";
import type { Services } from "../server/services.ts";

const SEVERAL_KEYS_VERSION = 4;

const KeyType = { GROUP: 0, TRANSACTION: 1, SHARE: 2 } as const;

interface Found {
  readonly errorCode: number;
  readonly errorMessage: string;
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
}

export const findCoordinator: ApiHandler<typeof FindCoordinatorRequest, typeof FindCoordinatorResponse> = {
  request: FindCoordinatorRequest,
  response: FindCoordinatorResponse,
  handle(services, context, { keyType, key, coordinatorKeys }, reply) {
    if (context.apiVersion < SEVERAL_KEYS_VERSION) {
      const found = find(services, context, keyType, key);
      reply({ ...found, errorMessage: found.errorMessage || errorMessage(found.errorCode) });
    } else {
      reply({
        coordinators: coordinatorKeys.map((each) => ({ key: each, ...find(services, context, keyType, each) })),
      });
    }
  },
};

function find(services: Services, context: RequestContext, keyType: number, key: string): Found {
  switch (keyType) {
    case KeyType.GROUP:
      return findGroupCoordinator(services, context, key);
    case KeyType.TRANSACTION:
      return notFound(ErrorCode.UNSUPPORTED_VERSION, "This broker does not coordinate transactions");
    default:
      return notFound(ErrorCode.INVALID_REQUEST, `This broker coordinates no keys of type ${keyType}`);
  }
}

function findGroupCoordinator(services: Services, { listenerName }: RequestContext, groupId: string): Found {
  const image = services.metadata();
  const topic = image.topics.byName(OFFSETS_TOPIC);
  if (topic === undefined) {
    services.createInternalTopic(OFFSETS_TOPIC, () => {});
    return notFound(ErrorCode.COORDINATOR_NOT_AVAILABLE);
  }
  const leader = topic.partitions[partitionFor(groupId, topic.partitions.length)]?.leader ?? -1;
  const endpoint = liveEndpoint(image, leader, listenerName);
  if (endpoint === undefined) return notFound(ErrorCode.COORDINATOR_NOT_AVAILABLE);
  return { errorCode: ErrorCode.NONE, errorMessage: "", nodeId: leader, host: endpoint.host, port: endpoint.port };
}

function notFound(errorCode: number, message = ""): Found {
  return { errorCode, errorMessage: message, nodeId: -1, host: "", port: -1 };
}
