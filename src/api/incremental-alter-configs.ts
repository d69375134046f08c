/**
 * IncrementalAlterConfigs (44), versions 0-1: sets, deletes, appends to or subtracts from single settings (KIP-339) of topics,
 * of brokers and their cluster-wide defaults, of groups and of client metrics subscriptions, and the level of the log (KIP-412).
 */
import {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from "../protocol/messages/incremental-alter-configs.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import { alterLoggers } from "../server/broker-logger.ts";
import { preprocessConfigs } from "../server/config-preprocessing.ts";
import { controllerContext } from "../server/controller-context.ts";
import type { NodeServices } from "../server/services.ts";

export const incrementalAlterConfigs: ApiHandler<
  typeof IncrementalAlterConfigsRequest,
  typeof IncrementalAlterConfigsResponse,
  NodeServices
> = {
  request: IncrementalAlterConfigsRequest,
  response: IncrementalAlterConfigsResponse,
  handle(services, context, request, reply) {
    const { remaining, assemble } = preprocessConfigs(request.resources, services, {
      alter: ({ configs }) => alterLoggers(services.runtime.log, configs, request.validateOnly),
    });
    if (remaining.length === 0) {
      reply({ throttleTimeMs: 0, responses: assemble([]) });
      return;
    }
    services.controller.incrementalAlterConfigs(
      controllerContext(context),
      { ...request, resources: remaining },
      (response) => reply({ ...response, responses: assemble(response.responses) }),
    );
  },
};
