import { beforeEach, expect, test } from "vitest";
import { createSimulatedRuntime, type SimulatedRuntime } from "../../adapters/simulator/index.ts";
import type { Controller } from "../../src/controller/controller.ts";
import type { MetadataImage } from "../../src/controller/metadata-image.ts";
import { ControllerDirectoryAssignments } from "../../src/node/controller-directory-assignments.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";

type Operation = Controller["assignReplicasToDirs"];
type Request = Parameters<Operation>[1];

let runtime: SimulatedRuntime;
let assignments: ControllerDirectoryAssignments;
let sent: { request: Request; reply: Parameters<Operation>[2] }[];
let replicas: number[];

beforeEach(() => {
  runtime = createSimulatedRuntime({ seed: 1 });
  sent = [];
  replicas = [1, 2];
  const topic = () => ({ partitions: [{ replicas }, { replicas }, { replicas }] });
  assignments = new ControllerDirectoryAssignments({
    runtime,
    nodeId: 1,
    brokerEpoch: () => 77,
    metadata: () =>
      ({ topics: { byId: (id: string) => (id === "gone" ? undefined : topic()) } }) as unknown as MetadataImage,
    controller: { assignReplicasToDirs: (_, request, reply) => sent.push({ request, reply }) },
  });
});

/** Answers the oldest request, every partition with the same error. */
function answer(errorCode: number, partitionErrorCode = errorCode): void {
  const { request, reply } = sent.shift()!;
  const directories = request.directories.map(({ id, topics }) => ({
    id,
    topics: topics.map(({ topicId, partitions }) => ({
      topicId,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: partitionErrorCode })),
    })),
  }));
  reply({ errorCode, directories });
}

function assign(topicId: string, index: number, directoryId: string): () => number {
  let accepted = 0;
  assignments.assign({ topicId, index }, directoryId, () => {
    accepted++;
  });
  return () => accepted;
}

test("what comes within a moment is told in one request, by directory and topic", () => {
  const accepted = [assign("t", 0, "d1"), assign("t", 1, "d2"), assign("u", 0, "d1"), assign("t", 2, "d1")];
  runtime.clock.advance(200);
  expect(sent.map(({ request }) => request)).toEqual([
    {
      brokerId: 1,
      brokerEpoch: 77,
      directories: [
        {
          id: "d1",
          topics: [
            { topicId: "t", partitions: [{ partitionIndex: 0 }, { partitionIndex: 2 }] },
            { topicId: "u", partitions: [{ partitionIndex: 0 }] },
          ],
        },
        { id: "d2", topics: [{ topicId: "t", partitions: [{ partitionIndex: 1 }] }] },
      ],
    },
  ]);
  expect(accepted.map((count) => count())).toEqual([0, 0, 0, 0]);
  answer(ErrorCode.NONE);
  expect(accepted.map((count) => count())).toEqual([1, 1, 1, 1]);
  runtime.clock.advance(60_000);
  expect(sent).toEqual([]);
});

test("one request at a time; of two words on a partition the last one counts", () => {
  const first = assign("t", 0, "d1");
  runtime.clock.advance(200);
  const second = assign("t", 0, "d2");
  const third = assign("t", 0, "d3");
  runtime.clock.advance(5_000);
  expect(sent.length).toBe(1);
  answer(ErrorCode.NONE);
  runtime.clock.advance(200);
  expect(sent[0]!.request.directories.map(({ id }) => id)).toEqual(["d3"]);
  answer(ErrorCode.NONE);
  expect([first(), second(), third()]).toEqual([1, 0, 1]);
});

test.each([
  ["the controller can't be asked", ErrorCode.NOT_CONTROLLER, ErrorCode.NONE],
  ["the controller refuses a partition", ErrorCode.NONE, ErrorCode.NOT_LEADER_OR_FOLLOWER],
])("when %s it is told again, less and less often, until it knows", (_, errorCode, partitionErrorCode) => {
  const accepted = assign("t", 0, "d1");
  let requests = 0;
  for (let elapsedMs = 0; elapsedMs < 60_000; elapsedMs += 10) {
    runtime.clock.advance(10);
    if (sent.length === 0) continue;
    requests++;
    answer(errorCode, partitionErrorCode);
  }
  expect(requests).toBeGreaterThan(8);
  expect(requests).toBeLessThan(16);
  expect(accepted()).toBe(0);
  runtime.clock.advance(10_000);
  answer(ErrorCode.NONE);
  expect(accepted()).toBe(1);
});

test("of a partition that is gone, or somebody else's by now, nothing is told", () => {
  assign("gone", 0, "d1");
  runtime.clock.advance(200);
  expect(sent).toEqual([]);
  replicas = [2, 3];
  assign("t", 0, "d1");
  runtime.clock.advance(60_000);
  expect(sent).toEqual([]);
});

test("nothing is told any more when the broker stops", () => {
  assign("t", 0, "d1");
  assignments.close();
  runtime.clock.advance(60_000);
  expect(sent).toEqual([]);
});
