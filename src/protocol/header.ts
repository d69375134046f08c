import type { Part } from "../runtime.ts";
import { ApiKey, apiByKey, isFlexible } from "./api-keys.ts";
import { codecFor, rememberSize, writerFor } from "./codec.ts";
import { ProtocolError } from "./protocol-error.ts";
import type { Reader } from "./reader.ts";
import { type Infer, type Input, int16, int32, type Message, message, nullable, string } from "./schema.ts";

/** What stands in front of every request. */
export const RequestHeader = message(
  { name: "RequestHeader", validVersions: "1-2", flexibleVersions: "2+" },
  {
    requestApiKey: int16,
    requestApiVersion: int16,
    correlationId: int32,
    // Never compact, so that a broker can read it before it knows whether it supports the version (KIP-511).
    clientId: nullable(string, { ignorable: true, flexible: "none" }),
  },
);
export type RequestHeader = Infer<typeof RequestHeader>;

/** What stands in front of every response. */
export const ResponseHeader = message(
  { name: "ResponseHeader", validVersions: "0-1", flexibleVersions: "1+" },
  { correlationId: int32 },
);
export type ResponseHeader = Infer<typeof ResponseHeader>;

export function requestHeaderVersion(apiKey: number, apiVersion: number): number {
  return isFlexibleVersion(apiKey, apiVersion) ? 2 : 1;
}

/**
 * The answer to ApiVersions keeps header 0 for ever: a client that asks in a version the broker lacks gets the answer of
 * version 0 and has to find its way into it (KIP-511).
 */
export function responseHeaderVersion(apiKey: number, apiVersion: number): number {
  return apiKey !== ApiKey.ApiVersions && isFlexibleVersion(apiKey, apiVersion) ? 1 : 0;
}

/** Reads the header of a request, whose version follows from its own first fields. */
export function readRequestHeader(reader: Reader): RequestHeader {
  if (reader.remaining < 4) throw new ProtocolError(`A request of ${reader.remaining} bytes has no header`);
  const apiKey = reader.view.getInt16(reader.position);
  const apiVersion = reader.view.getInt16(reader.position + 2);
  return codecFor(RequestHeader, requestHeaderVersion(apiKey, apiVersion)).decode(reader);
}

export function readResponseHeader(reader: Reader, apiKey: number, apiVersion: number): ResponseHeader {
  return codecFor(ResponseHeader, responseHeaderVersion(apiKey, apiVersion)).decode(reader);
}

/** A whole request frame: length, header and body. */
export function encodeRequestFrame<T, I>(header: Input<typeof RequestHeader>, body: Message<T, I>, value: I): Part[] {
  const { requestApiKey, requestApiVersion } = header;
  const codec = codecFor(body, requestApiVersion);
  const writer = writerFor(codec);
  writer.int32(0);
  codecFor(RequestHeader, requestHeaderVersion(requestApiKey, requestApiVersion)).encode(writer, header);
  codec.encode(writer, value);
  rememberSize(codec, writer);
  return writer.finishFrame();
}

/** A whole response frame: length, header and body. */
export function encodeResponseFrame<T, I>(
  correlationId: number,
  body: Message<T, I>,
  apiVersion: number,
  value: I,
): Part[] {
  const codec = codecFor(body, apiVersion);
  const writer = writerFor(codec);
  writer.int32(0);
  codecFor(ResponseHeader, responseHeaderVersion(body.apiKey ?? -1, apiVersion)).encode(writer, { correlationId });
  codec.encode(writer, value);
  rememberSize(codec, writer);
  return writer.finishFrame();
}

function isFlexibleVersion(apiKey: number, apiVersion: number): boolean {
  const api = apiByKey(apiKey);
  if (api === undefined) throw new ProtocolError(`Unknown API key ${apiKey}`);
  return isFlexible(api, apiVersion);
}
