import type { ClientConnection } from "../client/client-connection.ts";
import { apiError } from "../controller/api-error.ts";
import type { Controller, ControllerOperation } from "../controller/controller.ts";
import { controllerOperations, type OperationDescription } from "../controller/controller-operations.ts";
import type { ControllerRequestContext } from "../controller/controller-request-context.ts";
import type { QuorumController } from "../controller/quorum-controller.ts";
import { codecFor } from "../protocol/codec.ts";
import { ErrorCode, errorMessage } from "../protocol/error-codes.ts";
import { readResponseHeader } from "../protocol/header.ts";
import { EnvelopeRequest, EnvelopeResponse } from "../protocol/messages/envelope.ts";
import { Reader } from "../protocol/reader.ts";
import type { Message } from "../protocol/schema.ts";
import type { Clock } from "../runtime.ts";
import { wrapRequest } from "../server/envelope.ts";
import { type ControllerChannel, isFromWrongController } from "./controller-channel.ts";

export interface ForwardingControllerOptions {
  readonly clock: Clock;
  readonly channel: ControllerChannel;
  /** The controller in this process, if there is one: while it is active, nothing has to be sent. */
  readonly local: QuorumController | undefined;
  /** `request.timeout.ms` */
  readonly timeoutMs: number;
}

type AnyOperation = ControllerOperation<Message, Message>;
type AnyDescription = OperationDescription<Message, Message>;
type AnyResponse = Parameters<Parameters<AnyOperation>[2]>[0];

/**
 * The active controller, wherever it is. What a client asks a broker is passed on in its name, in an envelope; what the
 * node asks itself goes as it is. When the controller moves, or does not answer, the request is sent again until the time
 * is up: an operation may then have been done by an attempt whose answer was lost.
 */
export function forwardingController(options: ForwardingControllerOptions): Controller {
  const operations = Object.entries(controllerOperations).map(([name, description]) => [
    name,
    forwarded(options, name as keyof Controller, description as unknown as AnyDescription),
  ]);
  return Object.fromEntries(operations) as Controller;
}

function forwarded(
  options: ForwardingControllerOptions,
  name: keyof Controller,
  description: AnyDescription,
): AnyOperation {
  const { clock, channel, local } = options;
  return (context, request, reply) => {
    const deadlineMs = clock.elapsed() + (context.timeoutMs ?? options.timeoutMs);
    const fail = (errorCode: number) =>
      reply(description.failed(request, apiError(errorCode, errorMessage(errorCode))));
    const settle = (response: AnyResponse | undefined) => {
      if (response !== undefined && !isFromWrongController(response)) reply(response);
      else if (channel.isClosed) fail(ErrorCode.NOT_CONTROLLER);
      else if (clock.elapsed() >= deadlineMs) fail(ErrorCode.REQUEST_TIMED_OUT);
      else channel.whenWorthTrying(attempt);
    };
    const attempt = () => {
      if (local?.isActive) {
        (local[name] as AnyOperation)(context, request, settle);
        return;
      }
      // In a moment: a connection to this node itself would only be told so.
      if (local !== undefined && channel.leadsHere) {
        settle(undefined);
        return;
      }
      const timeoutMs = Math.max(1, deadlineMs - clock.elapsed());
      ask(channel, context, description, request, timeoutMs).then(
        (response) => (typeof response === "number" ? fail(response) : settle(response)),
        () => settle(undefined),
      );
    };
    attempt();
  };
}

/** An error code when the controller cannot serve the request, and another attempt would change nothing. */
async function ask(
  channel: ControllerChannel,
  context: ControllerRequestContext,
  description: AnyDescription,
  request: unknown,
  timeoutMs: number,
): Promise<AnyResponse | number> {
  const connection = await channel.connection();
  if (context.client !== undefined) return askInEnvelope(connection, context, description, request, timeoutMs);
  const version = Math.min(context.apiVersion, connection.versionOf(description.request));
  return connection.request(description.request, description.response, request, { version, timeoutMs });
}

async function askInEnvelope(
  connection: ClientConnection,
  { apiVersion, client }: ControllerRequestContext,
  { request: message, response }: AnyDescription,
  request: unknown,
  timeoutMs: number,
): Promise<AnyResponse | number> {
  if (!connection.offers(message.apiKey ?? -1, apiVersion)) return ErrorCode.UNSUPPORTED_VERSION;
  const envelope = wrapRequest(message, request, apiVersion, client!);
  const answer = await connection.request(EnvelopeRequest, EnvelopeResponse, envelope, { timeoutMs });
  if (answer.errorCode === ErrorCode.NOT_CONTROLLER) return { errorCode: ErrorCode.NOT_CONTROLLER };
  if (answer.errorCode !== ErrorCode.NONE || answer.responseData === null) return ErrorCode.UNKNOWN_SERVER_ERROR;
  const reader = new Reader(answer.responseData);
  readResponseHeader(reader, message.apiKey ?? -1, apiVersion);
  return codecFor(response, apiVersion).decode(reader) as AnyResponse;
}
