/** Who asks the controller, and at which version of the API. */
export interface ControllerRequestContext {
  readonly apiVersion: number;
  /** On whose behalf a broker asks; undefined for what a node asks on its own behalf. */
  readonly client: AskingClient | undefined;
  /** How long a node goes on asking for the active controller; left out: `request.timeout.ms`. */
  readonly timeoutMs?: number;
  /**
   * The controller itself asks for each named resource, as it alone can resolve topic ids to names. The numbers are
   * Kafka's AclOperation and ResourceType codes.
   */
  authorize(operation: number, resourceType: number, resourceName: string): boolean;
}

export interface AskingClient {
  /** `User:name` */
  readonly principal: string;
  /** An IP address. */
  readonly host: string;
  readonly clientId: string;
}

/** For what the node asks of itself. */
export function internalContext(apiVersion: number, timeoutMs?: number): ControllerRequestContext {
  return { apiVersion, client: undefined, authorize: () => true, ...(timeoutMs !== undefined && { timeoutMs }) };
}
