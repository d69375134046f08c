import { describe, expect, test } from "vitest";
import { fetch } from "../../src/api/fetch.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import type { FetchRequest } from "../../src/protocol/messages/fetch.ts";
import type { Input } from "../../src/protocol/schema.ts";
import { batchOffsets, TestBroker, topicId } from "./test-broker.ts";

type Request = Input<typeof FetchRequest>;
type PartitionRequest = Request["topics"][number]["partitions"][number];

const { NONE, UNKNOWN_SERVER_ERROR } = ErrorCode;
const LATEST = 18;

/** A topic with two batches, another one with none. */
async function broker(): Promise<TestBroker> {
  const started = await TestBroker.start();
  started.createTopic("t");
  started.createTopic("empty");
  started.append("t", 1, { valueBytes: 1_000 });
  started.append("t", 1, { valueBytes: 1_000 });
  return started;
}

const asked = (topic: string, more: Partial<PartitionRequest> = {}) => ({
  topic,
  topicId: topicId(topic),
  partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_048_576, ...more }],
});

function send(to: TestBroker, version: number, topics: Request["topics"], more: Partial<Request> = {}) {
  return to.send(fetch, version, { maxWaitMs: 10_000, minBytes: 1, maxBytes: 10_000_000, topics, ...more }).response!;
}

function told(response: ReturnType<typeof send>) {
  return response.responses.flatMap(({ partitions }) =>
    partitions.map(({ errorCode, records }) => [errorCode, batchOffsets(records)]),
  );
}

describe("an isolation level that there is not", () => {
  test.each([4, 6, 7, 12])("version %i refuses every partition", async (version) => {
    const response = send(await broker(), version, [asked("t"), asked("none")], { isolationLevel: 2 });
    expect(told(response)).toEqual([
      [UNKNOWN_SERVER_ERROR, []],
      [UNKNOWN_SERVER_ERROR, []],
    ]);
    expect(response.responses.map(({ topic }) => topic)).toEqual(["t", "none"]);
    expect(response.errorCode).toBe(version >= 7 ? UNKNOWN_SERVER_ERROR : NONE);
  });

  test.each([13, LATEST])("version %i refuses the request", async (version) => {
    const response = send(await broker(), version, [asked("t")], { isolationLevel: -1 });
    expect(response).toMatchObject({ errorCode: UNKNOWN_SERVER_ERROR, responses: [] });
  });

  test("is not looked at where nothing can be read", async () => {
    expect(told(send(await broker(), 12, [asked("none")], { isolationLevel: 2 }))).toEqual([
      [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, []],
    ]);
  });

  test("leaves a session open, and counts as one of its requests", async () => {
    const started = await broker();
    const { sessionId } = send(started, LATEST, [asked("t")], { sessionId: 0, sessionEpoch: 0 });
    const refused = send(started, LATEST, [], { sessionId, sessionEpoch: 1, isolationLevel: 2 });
    expect(refused).toMatchObject({ errorCode: UNKNOWN_SERVER_ERROR, sessionId });
    expect(told(send(started, LATEST, [asked("t")], { sessionId, sessionEpoch: 2 }))).toEqual([[NONE, [0, 1]]]);
  });
});

describe("a negative size", () => {
  const negative = { partitionMaxBytes: -1 };

  test("of a partition is refused where there is something to read", async () => {
    const started = await broker();
    const response = send(started, LATEST, [asked("t", negative)]);
    expect(told(response)).toEqual([[UNKNOWN_SERVER_ERROR, []]]);
    expect(response.responses[0]?.partitions[0]).toMatchObject({ highWatermark: -1, logStartOffset: -1 });
    expect(told(send(started, LATEST, [asked("t", { ...negative, fetchOffset: 2 })], { maxWaitMs: 0 }))).toEqual([
      [NONE, []],
    ]);
    expect(told(send(started, LATEST, [asked("t", { ...negative, fetchOffset: 3 })]))).toEqual([
      [ErrorCode.OFFSET_OUT_OF_RANGE, []],
    ]);
  });

  test("of the request is that of the first partition; what comes behind it gets one batch", async () => {
    const started = await broker();
    const more = { maxBytes: -1 };
    expect(told(send(started, LATEST, [asked("t")], more))).toEqual([[UNKNOWN_SERVER_ERROR, []]]);
    expect(told(send(started, LATEST, [asked("empty"), asked("t")], more))).toEqual([
      [NONE, []],
      [NONE, [0]],
    ]);
  });

  test("of the least that is to come asks for nothing", async () => {
    expect(told(send(await broker(), LATEST, [asked("empty")], { minBytes: -1 }))).toEqual([[NONE, []]]);
    expect(told(send(await broker(), LATEST, [asked("empty")], { maxBytes: -1 }))).toEqual([[NONE, []]]);
  });
});
