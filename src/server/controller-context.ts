import type { ControllerRequestContext } from "../controller/controller-request-context.ts";
import type { RequestContext } from "./request-context.ts";

/** A client's request on its way to the controller. No authorizer is configured: everybody may do everything. */
export function controllerContext(context: RequestContext): ControllerRequestContext {
  return { apiVersion: context.apiVersion, authorize: () => true };
}
