/**
 * SaslHandshake (17), versions 0-1: no listener has SASL yet, and on one without, a client's authentication was over when it
 * had connected. So says Apache Kafka, too; the connection goes on.
 */
import { ErrorCode } from "../protocol/error-codes.ts";
import { SaslHandshakeRequest, SaslHandshakeResponse } from "../protocol/messages/sasl-handshake.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import type { NodeServices } from "../server/services.ts";

export const saslHandshake: ApiHandler<typeof SaslHandshakeRequest, typeof SaslHandshakeResponse, NodeServices> = {
  request: SaslHandshakeRequest,
  response: SaslHandshakeResponse,
  handle(_services, _context, _request, reply) {
    reply({ errorCode: ErrorCode.ILLEGAL_SASL_STATE, mechanisms: [] });
  },
};
