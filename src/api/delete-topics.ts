/**
 * DeleteTopics (20), versions 1-6: by name or, from version 6 on, by id; refused while `delete.topic.enable` is false.
 */
import { DeleteTopicsRequest, DeleteTopicsResponse } from "../protocol/messages/delete-topics.ts";
import type { ApiHandler } from "../server/api-handler.ts";
import { controllerContext } from "../server/controller-context.ts";
import type { NodeServices } from "../server/services.ts";

export const deleteTopics: ApiHandler<typeof DeleteTopicsRequest, typeof DeleteTopicsResponse, NodeServices> = {
  request: DeleteTopicsRequest,
  response: DeleteTopicsResponse,
  handle(services, context, request, reply) {
    services.controller.deleteTopics(controllerContext(context), request, reply);
  },
};
