import type { Infer, Input, Message } from "../protocol/schema.ts";
import type { RequestContext } from "./request-context.ts";
import type { NodeServices, Services } from "./services.ts";

/** Null means that nothing is answered (Produce with acks=0). */
export type Reply<Response extends Message> = (response: Input<Response> | null) => void;

/**
 * One API key: how its bytes look and what the node does with it. A handler that needs no more than {@link NodeServices}
 * can stand in the table of either kind of listener.
 */
export interface ApiHandler<
  Request extends Message,
  Response extends Message,
  Available extends NodeServices = Services,
> {
  readonly request: Request;
  readonly response: Response;
  /** The highest version served when it is lower than the schema's (an unstable latest version). */
  readonly latestVersion?: number;
  /**
   * True when consecutive requests of this kind on a connection need not wait for each other's answers. Answers and effects keep
   * their order all the same: where an effect is not complete when `handle` returns, by the connection's line of appends. All other
   * requests are carried out one after the other, as Apache Kafka does with every request: a client takes the later answer for the
   * newer state.
   */
  readonly pipelined?: boolean;
  /** True when nothing refers to the bytes of the request after the reply, so that its buffer can be reused. */
  readonly releasesFrame?: boolean;
  /**
   * Calls `reply` exactly once, in this turn or a later one. Bytes inside `request` are lent until then; what is kept
   * longer must be copied.
   */
  handle(services: Available, context: RequestContext, request: Infer<Request>, reply: Reply<Response>): void;
}
