/**
 * InitProducerId (22), versions 0-5: an id for an idempotent producer. Without a transactional id every request gets a new
 * one, at epoch 0, whatever id it names: only a transactional id would make it the same producer as before.
 *
 * Left out: transactions. A request with a transactional id is checked and then answered by NOT_COORDINATOR, as by any
 * broker that does not coordinate that id: none of this cluster does. Version 6 (two-phase commit, KIP-939) is not stable in Kafka either.
 */
import { ErrorCode } from "../protocol/error-codes.ts";
import { InitProducerIdRequest, InitProducerIdResponse } from "../protocol/messages/init-producer-id.ts";
import type { Infer } from "../protocol/schema.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import type { Services } from "../server/services.ts";

type Request = Infer<typeof InitProducerIdRequest>;

const NO_PRODUCER_ID = -1;
const NO_PRODUCER_EPOCH = -1;

export const initProducerId: ApiHandler<typeof InitProducerIdRequest, typeof InitProducerIdResponse> = {
  request: InitProducerIdRequest,
  response: InitProducerIdResponse,
  latestVersion: 5,
  handle(services, _context, request, reply) {
    const answer = (errorCode: number, producerId: number) =>
      reply({
        throttleTimeMs: 0,
        errorCode,
        producerId,
        producerEpoch: errorCode === ErrorCode.NONE ? 0 : NO_PRODUCER_EPOCH,
      });
    const errorCode = validate(services, request);
    if (errorCode !== ErrorCode.NONE) answer(errorCode, NO_PRODUCER_ID);
    else services.allocateProducerId(answer);
  },
};

function validate(services: Services, request: Request): number {
  const { transactionalId, transactionTimeoutMs, producerId, producerEpoch } = request;
  // Both, or neither.
  if ((producerId === NO_PRODUCER_ID) !== (producerEpoch === NO_PRODUCER_EPOCH)) return ErrorCode.INVALID_REQUEST;
  if (transactionalId === null) return ErrorCode.NONE;
  if (transactionalId === "") return ErrorCode.INVALID_REQUEST;
  if (transactionTimeoutMs <= 0 || transactionTimeoutMs > services.config["transaction.max.timeout.ms"]) {
    return ErrorCode.INVALID_TRANSACTION_TIMEOUT;
  }
  return ErrorCode.NOT_COORDINATOR;
}
