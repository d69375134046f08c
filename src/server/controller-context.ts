import type { ControllerRequestContext } from "../controller/controller-request-context.ts";
import type { RequestContext } from "./request-context.ts";

/** A client's request on its way to the controller. No authorizer is configured: everybody may do everything. */
export function controllerContext(context: RequestContext): ControllerRequestContext {
  const { apiVersion, principal, clientHost, clientId } = context;
  return { apiVersion, client: { principal, host: clientHost, clientId }, authorize: () => true };
}
