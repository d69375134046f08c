/**
 * Envelope (58), version 0, from a broker to the active controller: a client's request, carried out in the client's name
 * (KIP-590). Requests that nobody may forward are refused.
 */

import { joinParts } from "../protocol/codec.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { FRAME_LENGTH_BYTES } from "../protocol/frame.ts";
import { EnvelopeRequest, EnvelopeResponse } from "../protocol/messages/envelope.ts";
import type { Infer } from "../protocol/schema.ts";
import type { ApiHandler, Reply } from "../server/api-handler.ts";
import { readClient } from "../server/envelope.ts";
import { peekHeader } from "../server/peeked-header.ts";
import type { RequestContext } from "../server/request-context.ts";
import type { ControllerServices } from "../server/services.ts";
import { isForwardable } from "./forwardable.ts";

export const envelope: ApiHandler<typeof EnvelopeRequest, typeof EnvelopeResponse, ControllerServices> = {
  request: EnvelopeRequest,
  response: EnvelopeResponse,
  handle(services, context, request, reply) {
    const fail = (errorCode: number) => reply({ errorCode, responseData: null });
    if (services.isActiveController()) carryOut(services, context, request, reply, fail);
    else fail(ErrorCode.NOT_CONTROLLER);
  },
};

function carryOut(
  services: ControllerServices,
  context: RequestContext,
  request: Infer<typeof EnvelopeRequest>,
  reply: Reply<typeof EnvelopeResponse>,
  fail: (errorCode: number) => void,
): void {
  const header = peekHeader(request.requestData);
  const apis = services.apis();
  if (header === undefined || !isForwardable(header.apiKey) || apis.find(header.apiKey) === undefined) {
    fail(ErrorCode.INVALID_REQUEST);
    return;
  }
  const call = apis.prepare(header, request.requestData);
  if (call.kind === "refused") {
    fail(ErrorCode.INVALID_REQUEST);
    return;
  }
  const client = readClient(request, call.clientId);
  if (client === undefined) {
    fail(ErrorCode.PRINCIPAL_DESERIALIZATION_FAILURE);
    return;
  }
  const { apiKey, apiVersion, correlationId } = header;
  const { principal, host, clientId } = client;
  call.run(
    {
      ...context,
      principal,
      clientHost: host,
      clientId,
      apiKey,
      apiVersion,
      correlationId,
      // The broker's connection carries the requests of others, too.
      disconnect: () => fail(ErrorCode.INVALID_REQUEST),
    },
    (parts) => {
      // What was not decided because another node leads now, the broker has to ask that one.
      if (!services.isActiveController()) fail(ErrorCode.NOT_CONTROLLER);
      else reply({ errorCode: ErrorCode.NONE, responseData: joinParts(parts).subarray(FRAME_LENGTH_BYTES) });
    },
    // Whoever has asked is told, by the broker: neither this connection, with all the broker's requests, nor the
    // controller, in whose turn the answer may be given, is to suffer for it.
    (error) => {
      const { stack, message } = error as Error;
      services.runtime.log.write("error", `${call.apiName} v${apiVersion} failed: ${stack ?? message}`);
      fail(ErrorCode.UNKNOWN_SERVER_ERROR);
    },
  );
}
