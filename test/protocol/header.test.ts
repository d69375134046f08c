import { describe, expect, test } from "vitest";
import { joinParts } from "../../src/protocol/codec.ts";
import {
  encodeResponseFrame,
  readRequestHeader,
  requestHeaderVersion,
  responseHeaderVersion,
} from "../../src/protocol/header.ts";
import { ApiVersionsResponse } from "../../src/protocol/messages/api-versions.ts";
import { ProtocolError } from "../../src/protocol/protocol-error.ts";
import { Reader } from "../../src/protocol/reader.ts";

describe("headers", () => {
  test("follow the flexible versions of the API", () => {
    expect([requestHeaderVersion(3, 8), responseHeaderVersion(3, 8)]).toEqual([1, 0]);
    expect([requestHeaderVersion(3, 9), responseHeaderVersion(3, 9)]).toEqual([2, 1]);
    expect([requestHeaderVersion(17, 1), responseHeaderVersion(17, 1)]).toEqual([1, 0]);
  });

  test("of an answer to ApiVersions are version 0 for ever (KIP-511)", () => {
    expect([requestHeaderVersion(18, 4), responseHeaderVersion(18, 4)]).toEqual([2, 0]);
    const frame = joinParts(encodeResponseFrame(5, ApiVersionsResponse, 3, { errorCode: 0, apiKeys: [] }));
    expect([...frame.subarray(0, 11)]).toEqual([0, 0, 0, 12, 0, 0, 0, 5, 0, 0, 1]);
  });

  test("of a request in a version that is too new can be read all the same", () => {
    const frame = Uint8Array.of(0, 18, 0, 99, 0, 0, 0, 1, 0, 1, 0x63, 0, 0xff);
    const reader = new Reader(frame);
    expect(readRequestHeader(reader)).toEqual({
      requestApiKey: 18,
      requestApiVersion: 99,
      correlationId: 1,
      clientId: "c",
    });
    expect(reader.remaining).toBe(1);
  });

  test("have a client id that is never compact, and may be null", () => {
    const reader = new Reader(Uint8Array.of(0, 3, 0, 9, 0, 0, 0, 1, 0xff, 0xff, 0));
    expect(readRequestHeader(reader).clientId).toBeNull();
  });

  test("of an unknown API or cut short are refused", () => {
    expect(() => readRequestHeader(new Reader(Uint8Array.of(0x47, 0x45, 0x54, 0x20)))).toThrow("Unknown API key 18245");
    expect(() => readRequestHeader(new Reader(Uint8Array.of(0, 4, 0, 0, 0, 0, 0, 0, 0, 0)))).toThrow(
      "Unknown API key 4",
    );
    expect(() => readRequestHeader(new Reader(Uint8Array.of(0, 3, 0)))).toThrow(ProtocolError);
  });
});
