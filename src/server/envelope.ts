/** A client's request as a broker passes it on to the active controller, with whom it is from (KIP-590). */

import type { AskingClient } from "../controller/controller-request-context.ts";
import { decode, encodeToBytes, joinParts } from "../protocol/codec.ts";
import { DefaultPrincipalData } from "../protocol/data/default-principal-data.ts";
import { FRAME_LENGTH_BYTES } from "../protocol/frame.ts";
import { encodeRequestFrame } from "../protocol/header.ts";
import type { EnvelopeRequest } from "../protocol/messages/envelope.ts";
import type { Input, Message } from "../protocol/schema.ts";
import { addressToBytes, addressToText } from "./ip-address.ts";

const PRINCIPAL_VERSION = 0;

export function wrapRequest<T, I>(
  request: Message<T, I>,
  body: I,
  apiVersion: number,
  client: AskingClient,
): Input<typeof EnvelopeRequest> {
  const header = {
    requestApiKey: request.apiKey ?? -1,
    requestApiVersion: apiVersion,
    correlationId: 0,
    clientId: client.clientId,
  };
  const frame = joinParts(encodeRequestFrame(header, request, body));
  return {
    requestData: frame.subarray(FRAME_LENGTH_BYTES),
    requestPrincipal: encodePrincipal(client.principal),
    clientHostAddress: addressToBytes(client.host) ?? new Uint8Array(4),
  };
}

/** Undefined when the address is none, or the principal cannot be read. */
export function readClient(
  { requestPrincipal, clientHostAddress }: EnvelopeRequest,
  clientId: string,
): AskingClient | undefined {
  const host = addressToText(clientHostAddress);
  const principal = requestPrincipal === null ? "User:ANONYMOUS" : decodePrincipal(requestPrincipal);
  return host === undefined || principal === undefined ? undefined : { principal, host, clientId };
}

function encodePrincipal(principal: string): Uint8Array {
  const colon = principal.indexOf(":");
  const data = { type: principal.slice(0, colon), name: principal.slice(colon + 1), tokenAuthenticated: false };
  const body = encodeToBytes(DefaultPrincipalData, PRINCIPAL_VERSION, data);
  const bytes = new Uint8Array(2 + body.length);
  bytes.set([PRINCIPAL_VERSION >> 8, PRINCIPAL_VERSION & 0xff]);
  bytes.set(body, 2);
  return bytes;
}

function decodePrincipal(bytes: Uint8Array): string | undefined {
  if (bytes.length < 2 || ((bytes[0]! << 8) | bytes[1]!) !== PRINCIPAL_VERSION) return undefined;
  try {
    const { type, name } = decode(DefaultPrincipalData, PRINCIPAL_VERSION, bytes.subarray(2));
    return `${type}:${name}`;
  } catch {
    return undefined;
  }
}
