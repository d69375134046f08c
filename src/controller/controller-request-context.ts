/** Who asks the controller, and at which version of the API. */
export interface ControllerRequestContext {
  readonly apiVersion: number;
  /**
   * The controller itself asks for each named resource, as it alone can resolve topic ids to names. The numbers are
   * Kafka's AclOperation and ResourceType codes.
   */
  authorize(operation: number, resourceType: number, resourceName: string): boolean;
}

/** For what the node asks of itself. */
export function internalContext(apiVersion: number): ControllerRequestContext {
  return { apiVersion, authorize: () => true };
}
