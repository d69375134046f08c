/**
 * AlterConfigs (33), versions 0-2: replaces all settings of a resource; what is not named goes back to its default. Kept for
 * old clients: IncrementalAlterConfigs loses no concurrent change.
 */
import { AlterConfigsRequest, AlterConfigsResponse } from "../protocol/messages/alter-configs.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import { preprocessConfigs } from "../server/config-preprocessing.ts";
import { controllerContext } from "../server/controller-context.ts";
import type { NodeServices } from "../server/services.ts";

export const alterConfigs: ApiHandler<typeof AlterConfigsRequest, typeof AlterConfigsResponse, NodeServices> = {
  request: AlterConfigsRequest,
  response: AlterConfigsResponse,
  handle(services, context, request, reply) {
    const { remaining, assemble } = preprocessConfigs(request.resources, services);
    if (remaining.length === 0) {
      reply({ throttleTimeMs: 0, responses: assemble([]) });
      return;
    }
    services.controller.alterConfigs(controllerContext(context), { ...request, resources: remaining }, (response) =>
      reply({ ...response, responses: assemble(response.responses) }),
    );
  },
};
