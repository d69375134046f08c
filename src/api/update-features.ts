/**
 * UpdateFeatures (57), versions 0-2: finalizes feature levels (KIP-584); levels that this broker has not built are refused.
 */
import { UpdateFeaturesRequest, UpdateFeaturesResponse } from "../protocol/messages/update-features.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import { controllerContext } from "../server/controller-context.ts";
import type { NodeServices } from "../server/services.ts";

export const updateFeatures: ApiHandler<typeof UpdateFeaturesRequest, typeof UpdateFeaturesResponse, NodeServices> = {
  request: UpdateFeaturesRequest,
  response: UpdateFeaturesResponse,
  handle(services, context, request, reply) {
    services.controller.updateFeatures(controllerContext(context), request, reply);
  },
};
