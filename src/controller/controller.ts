import type { Infer, Input, Message } from "../protocol/schema.ts";
import type { controllerOperations, OperationDescription } from "./controller-operations.ts";
import type { ControllerRequestContext } from "./controller-request-context.ts";

type Operations = typeof controllerOperations;

/**
 * The controller as brokers see it: requests in, answers by callback, each exactly once. {@link QuorumController} is the
 * one in this process. Every answer is a complete response; when this node does not lead the metadata quorum, its error is
 * NOT_CONTROLLER.
 */
export type Controller = {
  [Name in keyof Operations]: Operations[Name] extends OperationDescription<infer Request, infer Response>
    ? ControllerOperation<Request, Response>
    : never;
};

export type ControllerOperation<Request extends Message, Response extends Message> = (
  context: ControllerRequestContext,
  request: Infer<Request>,
  reply: (response: Input<Response>) => void,
) => void;
