import { expect, test } from "vitest";
import { createRuntime } from "#adapter";
import { produce } from "../../src/api/produce.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { MissingCodecError } from "../../src/record/compression/missing-codec-error.ts";
import { TestBroker, topicId } from "./test-broker.ts";

const { compression } = createRuntime();

test("where the runtime has no zstd, batches in it are refused as of a type that is not supported, and topics in it take none", async () => {
  const missing = () => {
    throw new MissingCodecError("zstd needs something newer");
  };
  const broker = await TestBroker.start({ compression: { ...compression, zstd: missing, unzstd: missing } });
  const other = await TestBroker.start({ compression });
  broker.createTopic("t");
  broker.createTopic("zstd", { config: { "compression.type": "zstd" } });
  const values = [new Uint8Array(1_000)];
  const answers = [
    ["t", other.batch(1, { compression: "zstd", values })],
    ["zstd", other.batch(1, { compression: "gzip", values })],
    ["zstd", other.batch(1)],
    ["t", other.batch(1, { compression: "gzip", values })],
  ] as const;
  const codes = answers.map(([name, records]) => {
    const partitionData = [{ index: 0, records }];
    const body = { acks: -1, timeoutMs: 1_000, topicData: [{ name, topicId: topicId(name), partitionData }] };
    const partition = broker.send(produce, 13, body).response?.responses[0]?.partitionResponses[0];
    return [partition?.errorCode, partition?.errorMessage];
  });
  const refused = [ErrorCode.UNSUPPORTED_COMPRESSION_TYPE, "zstd needs something newer"];
  expect(codes).toEqual([refused, refused, refused, [ErrorCode.NONE, null]]);
});
