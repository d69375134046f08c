/** SaslAuthenticate (36), versions 0-2: refused as SaslHandshake is, as no listener has SASL yet. */
import { ErrorCode } from "../protocol/error-codes.ts";
import { SaslAuthenticateRequest, SaslAuthenticateResponse } from "../protocol/messages/sasl-authenticate.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import type { NodeServices } from "../server/services.ts";

type Handler = ApiHandler<typeof SaslAuthenticateRequest, typeof SaslAuthenticateResponse, NodeServices>;

export const saslAuthenticate: Handler = {
  request: SaslAuthenticateRequest,
  response: SaslAuthenticateResponse,
  handle(_services, _context, _request, reply) {
    reply({
      errorCode: ErrorCode.ILLEGAL_SASL_STATE,
      errorMessage: "SaslAuthenticate request received after successful authentication",
      authBytes: new Uint8Array(0),
    });
  },
};
