import type { Infer, Input, Message } from "../../protocol/schema.ts";
import { METADATA_TOPIC_ID } from "../../protocol/uuid.ts";
import type { KnownLeader, RaftRequest, RaftResponse, RefusedResponse } from "../raft-message.ts";
import { endpointNamed, type VoterEndpoint } from "../voter-set.ts";

/** How one kind of request and its answer look on the wire. */
export interface RaftApi<Request extends Message, Response extends Message, Asked extends RaftRequest> {
  readonly request: Request;
  readonly response: Response;
  encodeRequest(request: Asked, version: number): Input<Request>;
  /** Undefined when it is not about the one partition of the metadata log. */
  decodeRequest(message: Infer<Request>, version: number): Asked | undefined;
  /** `listenerName` is the one by which the peer came: the leader's endpoint of that name is told. */
  encodeResponse(response: RaftResponse, listenerName: string, version: number): Input<Response>;
  /** `listenerName` is the one by which this node asks. */
  decodeResponse(message: Infer<Response>, listenerName: string): RaftResponse;
}

export const METADATA_PARTITION = 0;
export { METADATA_TOPIC_ID };

/** The only element of a list that must have one. */
export function only<T>(list: readonly T[] | null): T | undefined {
  return list?.length === 1 ? list[0] : undefined;
}

/** An answer that fits no request of this node: the peer speaks another protocol. */
export function malformed(what: string): RefusedResponse {
  return { type: "refused", errorCode: -1, message: `${what} is not about the metadata log` };
}

export function refused(errorCode: number, message: string | null = null): RefusedResponse {
  return { type: "refused", errorCode, message };
}

/** What is told of the leader's address, by the name of the listener that the peer uses. */
export function nodeEndpoints(leader: KnownLeader, listenerName: string) {
  const endpoint = leader.leaderId < 0 ? undefined : endpointNamed(leader.endpoints, listenerName);
  return endpoint === undefined ? [] : [{ nodeId: leader.leaderId, host: endpoint.host, port: endpoint.port }];
}

export function leaderFrom(
  leaderId: number,
  epoch: number,
  endpoints: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[],
  listenerName: string,
): KnownLeader {
  const endpoint = endpoints.find(({ nodeId }) => nodeId === leaderId);
  const known =
    leaderId < 0 || endpoint === undefined ? [] : [{ name: listenerName, host: endpoint.host, port: endpoint.port }];
  return { leaderId, epoch, endpoints: known };
}

export function endpointsFrom(listeners: readonly VoterEndpoint[]): VoterEndpoint[] {
  return listeners.map(({ name, host, port }) => ({ name, host, port }));
}
