import { ErrorCode } from "../protocol/error-codes.ts";

/** What a DescribeCluster request wants to be told of (KIP-919). */
export const EndpointType = { BROKER: 1, CONTROLLER: 2 } as const;

/** The answer when a listener of one type is asked for the nodes of another; undefined when it is asked for its own. */
export function refusedEndpointType(asked: number, served: keyof typeof EndpointType) {
  if (asked === EndpointType[served]) return undefined;
  const wanted = Object.entries(EndpointType).find(([, type]) => type === asked)?.[0];
  return {
    throttleTimeMs: 0,
    errorCode: wanted === undefined ? ErrorCode.UNSUPPORTED_ENDPOINT_TYPE : ErrorCode.MISMATCHED_ENDPOINT_TYPE,
    errorMessage:
      wanted === undefined
        ? `Unsupported endpoint type ${asked}`
        : `The request was sent to an endpoint of type ${served}, but we wanted an endpoint of type ${wanted}`,
    clusterId: "",
    brokers: [],
  };
}
