import { describe, expect, test } from "vitest";
import { codecFor, joinParts } from "../../src/protocol/codec.ts";
import {
  encodeRequestFrame,
  encodeResponseFrame,
  readRequestHeader,
  readResponseHeader,
} from "../../src/protocol/header.ts";
import { MESSAGES } from "../../src/protocol/messages/index.ts";
import { Reader } from "../../src/protocol/reader.ts";
import type { Message } from "../../src/protocol/schema.ts";

/** Frames seen on the wire between kcat (librdkafka 2.0), the Java clients 4.3 and an Apache Kafka 4.4 broker, without their lengths. */
describe("requests of real clients", () => {
  test("ApiVersions 4 of the Java admin client", () => {
    const frame = "0012000400000000000d61646d696e636c69656e742d3100126170616368652d6b61666b612d6a61766106342e332e3100";
    expect(request(frame)).toEqual({
      header: { requestApiKey: 18, requestApiVersion: 4, correlationId: 0, clientId: "adminclient-1" },
      body: { clientSoftwareName: "apache-kafka-java", clientSoftwareVersion: "4.3.1", clusterId: null, nodeId: -1 },
    });
  });

  test("Metadata 4 of kcat", () => {
    expect(request("0003000400000002000772646b61666b61000000010006676f6c64656e01")).toEqual({
      header: { requestApiKey: 3, requestApiVersion: 4, correlationId: 2, clientId: "rdkafka" },
      body: {
        topics: [{ topicId: "AAAAAAAAAAAAAAAAAAAAAA", name: "golden" }],
        allowAutoTopicCreation: true,
        includeClusterAuthorizedOperations: false,
        includeTopicAuthorizedOperations: false,
      },
    });
  });

  test("JoinGroup 5 of kcat", () => {
    const frame =
      "000b000500000002000772646b61666b6100036772700000afc8000493e00000ffff0008636f6e73756d657200000002000572616e6765" +
      "000000160001000000010006676f6c64656e0000000000000000000a726f756e64726f62696e000000160001000000010006676f6c6465" +
      "6e0000000000000000";
    const metadata = hex("0001000000010006676f6c64656e0000000000000000");
    expect(request(frame).body).toEqual({
      groupId: "grp",
      sessionTimeoutMs: 45_000,
      rebalanceTimeoutMs: 300_000,
      memberId: "",
      groupInstanceId: null,
      protocolType: "consumer",
      protocols: [
        { name: "range", metadata },
        { name: "roundrobin", metadata },
      ],
      reason: null,
    });
  });

  test("Produce 7 of kcat", () => {
    const records =
      "000000000000000000000040000000000202fe9b1e000000000000000001a2023639aa000001a2023639aaffffffffffffffffffffffff" +
      "ffff000000011c000000066b65790a76616c756500";
    const frame = `0000000700000003000772646b61666b61ffffffff00007530000000010006676f6c64656e00000001000000010000004c${records}`;
    const partitionData = [{ index: 1, records: hex(records) }];
    expect(request(frame).body).toEqual({
      transactionalId: null,
      acks: -1,
      timeoutMs: 30_000,
      topicData: [{ name: "golden", topicId: "AAAAAAAAAAAAAAAAAAAAAA", partitionData }],
    });
  });

  test("Fetch 11 of kcat", () => {
    const frame =
      "0001000b00000009000772646b61666b61ffffffff000001f400000001032000000100000000ffffffff000000010006676f6c64656e00" +
      "00000100000001ffffffff0000000000000001ffffffffffffffff00100000000000000000";
    expect(request(frame).body).toMatchObject({
      clusterId: null,
      replicaId: -1,
      replicaState: { replicaId: -1, replicaEpoch: -1 },
      maxWaitMs: 500,
      maxBytes: 52_428_800,
      sessionEpoch: -1,
      topics: [{ topic: "golden", partitions: [{ partition: 1, fetchOffset: 1, highWatermark: 2n ** 63n - 1n }] }],
      forgottenTopicsData: [],
      rackId: "",
    });
  });

  test("OffsetFetch 9 of the Java consumer", () => {
    const frame =
      "00090009000000080010636f6e736f6c652d636f6e73756d6572000203673200ffffffff0207676f6c64656e0300000001000000000000" +
      "0100";
    const topics = [{ name: "golden", topicId: "AAAAAAAAAAAAAAAAAAAAAA", partitionIndexes: [1, 0] }];
    expect(request(frame).body).toEqual({
      groupId: "",
      topics: [],
      groups: [{ groupId: "g2", memberId: null, memberEpoch: -1, topics }],
      requireStable: true,
    });
  });
});

describe("answers of a real broker", () => {
  test("Metadata 13", () => {
    const frame =
      "00000001000000000002000000010a3132372e302e302e310000bf11000017354c3667336e5368542d654d43744b2d2d58383673770000" +
      "000101000000";
    expect(response(3, 13, frame)).toEqual({
      throttleTimeMs: 0,
      brokers: [{ nodeId: 1, host: "127.0.0.1", port: 48_913, rack: null }],
      clusterId: "5L6g3nShT-eMCtK--X86sw",
      controllerId: 1,
      topics: [],
      clusterAuthorizedOperations: -2_147_483_648,
      errorCode: 0,
    });
  });

  test("FindCoordinator 6", () => {
    const frame = "00000000000000000002036732000000010a3132372e302e302e310000bf110000010000";
    expect(response(10, 6, frame)).toMatchObject({
      coordinators: [{ key: "g2", nodeId: 1, host: "127.0.0.1", port: 48_913, errorCode: 0, errorMessage: "" }],
    });
  });

  test("Produce 7", () => {
    const frame =
      "00000003000000010006676f6c64656e000000010000000100000000000000000000ffffffffffffffff000000000000000000000000";
    const partition = {
      index: 1,
      errorCode: 0,
      baseOffset: 0,
      logAppendTimeMs: -1,
      logStartOffset: 0,
      recordErrors: [],
      errorMessage: null,
      currentLeader: { leaderId: -1, leaderEpoch: -1 },
    };
    expect(response(0, 7, frame)).toEqual({
      responses: [{ name: "golden", topicId: "AAAAAAAAAAAAAAAAAAAAAA", partitionResponses: [partition] }],
      throttleTimeMs: 0,
      nodeEndpoints: [],
    });
  });

  test("ListOffsets 11", () => {
    const frame =
      "0000000900000000000207676f6c64656e03000000010000ffffffffffffffff00000000000000000000000000000000000000ffffffff" +
      "ffffffff000000000000000000000000000000";
    const empty = { errorCode: 0, timestamp: -1, offset: 0, leaderEpoch: 0 };
    const partitions = [
      { partitionIndex: 1, ...empty },
      { partitionIndex: 0, ...empty },
    ];
    expect(response(2, 11, frame)).toEqual({ throttleTimeMs: 0, topics: [{ name: "golden", partitions }] });
  });
});

/** Decodes a request and checks that it is encoded to the same bytes again. */
function request(frame: string): { header: unknown; body: unknown } {
  const reader = new Reader(hex(frame));
  const header = readRequestHeader(reader);
  const message: Message = MESSAGES.get(header.requestApiKey)!.request;
  const body = codecFor(message, header.requestApiVersion).decode(reader);
  expect(reader.remaining).toBe(0);
  expect(unframed(joinParts(encodeRequestFrame(header, message, body)))).toEqual(hex(frame));
  return { header, body };
}

function response(apiKey: number, version: number, frame: string): unknown {
  const reader = new Reader(hex(frame));
  const { correlationId } = readResponseHeader(reader, apiKey, version);
  const message: Message = MESSAGES.get(apiKey)!.response;
  const body = codecFor(message, version).decode(reader);
  expect(reader.remaining).toBe(0);
  expect(unframed(joinParts(encodeResponseFrame(correlationId, message, version, body)))).toEqual(hex(frame));
  return body;
}

function unframed(bytes: Uint8Array): Uint8Array {
  expect(new DataView(bytes.buffer, bytes.byteOffset).getInt32(0)).toBe(bytes.length - 4);
  return bytes.slice(4);
}

function hex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "hex"));
}
