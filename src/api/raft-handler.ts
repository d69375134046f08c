import { ErrorCode } from "../protocol/error-codes.ts";
import type { Infer, Input, Message } from "../protocol/schema.ts";
import type { RaftAnswer } from "../raft/raft-driver.ts";
import type { RaftRequest } from "../raft/raft-message.ts";
import type { RaftApi } from "../raft/wire/raft-api.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import type { RequestContext } from "../server/request-context.ts";
import type { ControllerServices } from "../server/services.ts";

type Encode<Response extends Message> = (answer: RaftAnswer, listenerName: string, version: number) => Input<Response>;

/** A request that replicas of the metadata log send each other, passed on to the one of this node. */
export function raftHandler<Request extends Message, Response extends Message, Asked extends RaftRequest>(
  api: RaftApi<Request, Response, Asked>,
  encode: Encode<Response> = ({ response }, listenerName, version) =>
    api.encodeResponse(response, listenerName, version),
): ApiHandler<Request, Response, ControllerServices> {
  return {
    request: api.request,
    response: api.response,
    handle({ raft }: ControllerServices, context: RequestContext, message: Infer<Request>, reply) {
      const { listenerName, apiVersion } = context;
      const request = api.decodeRequest(message, apiVersion);
      if (request !== undefined) {
        raft.ask(request, (answer) => reply(encode(answer, listenerName, apiVersion)));
        return;
      }
      const response = { type: "refused", errorCode: ErrorCode.INVALID_REQUEST, message: null } as const;
      reply(encode({ response, bytes: undefined }, listenerName, apiVersion));
    },
  };
}
