import { ApiKey } from "../protocol/api-keys.ts";
import { decoderFor } from "../protocol/codec.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { encodeResponseFrame, readRequestHeader } from "../protocol/header.ts";
import { ApiVersionsResponse } from "../protocol/messages/api-versions.ts";
import { ProtocolError } from "../protocol/protocol-error.ts";
import { Reader } from "../protocol/reader.ts";
import type { Message } from "../protocol/schema.ts";
import { includes, type VersionRange } from "../protocol/versions.ts";
import type { Part } from "../runtime.ts";
import type { ApiHandler, Reply } from "./api-handler.ts";
import type { PeekedHeader } from "./peeked-header.ts";
import type { RequestContext } from "./request-context.ts";
import type { NodeServices } from "./services.ts";

export interface AdvertisedApi {
  readonly apiKey: number;
  readonly name: string;
  readonly lowest: number;
  readonly highest: number;
}

/** The parts of one framed answer; empty when nothing is to be sent. */
export type Answered = (parts: readonly Part[], sizeBytes: number) => void;

/** A request, decoded as far as necessary before it runs. */
export type Call =
  | { readonly kind: "refused"; readonly reason: string }
  | {
      readonly kind: "call";
      readonly apiName: string;
      readonly clientId: string;
      readonly releasesFrame: boolean;
      /** `broken` is called, in place of `answered`, when an answer cannot be encoded. */
      run(context: RequestContext, answered: Answered, broken: (error: unknown) => void): void;
    };

/** What ApiVersions tells of a table, by ascending key. */
export function advertisedApis(handlers: readonly ApiHandler<never, never, never>[]): AdvertisedApi[] {
  return handlers
    .map((handler) => new ApiEntry(handler as unknown as ApiHandler<Message, Message, NodeServices>))
    .map(({ apiKey, name, versions }) => ({ apiKey, name, ...versions }))
    .sort((a, b) => a.apiKey - b.apiKey);
}

/** One listener's API keys: finds the handler of a request, decodes the request and frames the answer. */
export class ApiTable {
  private readonly entries: (ApiEntry | undefined)[] = [];
  private readonly services: NodeServices;

  constructor(handlers: readonly ApiHandler<never, never, never>[], services: NodeServices) {
    this.services = services;
    for (const handler of handlers) {
      const entry = new ApiEntry(handler as unknown as ApiHandler<Message, Message, NodeServices>);
      this.entries[entry.apiKey] = entry;
    }
  }

  find(apiKey: number): ApiEntry | undefined {
    return this.entries[apiKey];
  }

  /** Decodes header and body. What cannot be decoded is refused with a reason; nothing is thrown for what a peer sends. */
  prepare(header: PeekedHeader, frame: Uint8Array): Call {
    const entry = this.entries[header.apiKey]!;
    const { apiVersion } = header;
    if (!includes(entry.versions, apiVersion)) {
      if (entry.apiKey === ApiKey.ApiVersions) return unknownApiVersions(entry, header);
      const { lowest, highest } = entry.versions;
      return refused(`${entry.name} version ${apiVersion} is not supported; versions ${lowest} to ${highest} are`);
    }
    try {
      const reader = new Reader(frame);
      const { clientId } = readRequestHeader(reader);
      const request = decoderFor(entry.handler.request, apiVersion)(reader);
      return {
        kind: "call",
        apiName: entry.name,
        clientId: clientId ?? "",
        releasesFrame: entry.handler.releasesFrame === true,
        run: (context, answered, broken) =>
          entry.handler.handle(this.services, context, request, replying(entry, header, answered, broken)),
      };
    } catch (error) {
      if (error instanceof ProtocolError) return refused(`${entry.name} version ${apiVersion}: ${error.message}`);
      throw error;
    }
  }
}

export class ApiEntry {
  readonly apiKey: number;
  readonly name: string;
  readonly versions: VersionRange;
  readonly pipelined: boolean;
  readonly handler: ApiHandler<Message, Message, NodeServices>;

  constructor(handler: ApiHandler<Message, Message, NodeServices>) {
    const { request } = handler;
    if (request.apiKey === undefined) throw new Error(`${request.name} has no API key`);
    this.apiKey = request.apiKey;
    this.name = request.name.replace(/Request$/, "");
    const highest = Math.min(request.validVersions.highest, handler.latestVersion ?? Number.POSITIVE_INFINITY);
    this.versions = { lowest: request.validVersions.lowest, highest };
    this.pipelined = handler.pipelined === true;
    this.handler = handler;
  }
}

/** Encodes a handler's answer. A separate function, so that the closure does not keep the request alive. */
function replying(
  { handler: { response: message } }: ApiEntry,
  { apiVersion, correlationId }: PeekedHeader,
  answered: Answered,
  broken: (error: unknown) => void,
): Reply<Message> {
  return (response) => {
    if (response === null) {
      answered([], 0);
      return;
    }
    let parts: readonly Part[];
    try {
      parts = encodeResponseFrame(correlationId, message, apiVersion, response);
    } catch (error) {
      broken(error);
      return;
    }
    answered(parts, sizeOf(parts));
  };
}

/** KIP-511: a client that is too new learns what to ask with, in the one version that everybody can read. */
function unknownApiVersions(entry: ApiEntry, header: PeekedHeader): Call {
  return {
    kind: "call",
    apiName: entry.name,
    clientId: "",
    releasesFrame: false,
    run: (_, answered) => {
      const { lowest, highest } = entry.versions;
      const response = {
        errorCode: ErrorCode.UNSUPPORTED_VERSION,
        apiKeys: [{ apiKey: ApiKey.ApiVersions, minVersion: lowest, maxVersion: highest }],
      };
      const parts = encodeResponseFrame(header.correlationId, ApiVersionsResponse, 0, response);
      answered(parts, sizeOf(parts));
    },
  };
}

function sizeOf(parts: readonly Part[]): number {
  let sizeBytes = 0;
  for (const part of parts) sizeBytes += part.length;
  return sizeBytes;
}

function refused(reason: string): Call {
  return { kind: "refused", reason };
}
