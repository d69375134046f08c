import type { Controller, ControllerOperation } from "../controller/controller.ts";
import type { Message } from "../protocol/schema.ts";
import type { BrokerMetadata } from "./broker-metadata.ts";

type AnyOperation = ControllerOperation<Message, Message>;

/**
 * The controller, for the clients of a broker. Answers wait until the steps of the metadata that have reached the broker are
 * applied. So where broker and active controller are one node, a client that is told that a large topic exists finds it.
 */
export function appliedBeforeReply(controller: Controller, metadata: Pick<BrokerMetadata, "afterSteps">): Controller {
  const operations = Object.entries(controller).map(([name, perform]): [string, AnyOperation] => [
    name,
    (context, request, reply) =>
      (perform as AnyOperation)(context, request, (response) => metadata.afterSteps(() => reply(response))),
  ]);
  return Object.fromEntries(operations) as unknown as Controller;
}
