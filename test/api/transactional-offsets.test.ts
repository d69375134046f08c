import { expect, test } from "vitest";
import { offsetCommit } from "../../src/api/offset-commit.ts";
import { offsetFetch } from "../../src/api/offset-fetch.ts";
import { writeTxnMarkers } from "../../src/api/write-txn-markers.ts";
import { groupRecordSerde } from "../../src/coordinator/group/group-record.ts";
import { ReplicaCoordinatorPartition } from "../../src/coordinator/replica-coordinator-partition.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { OFFSETS_TOPIC } from "../../src/protocol/internal-topics.ts";
import { ZERO_UUID } from "../../src/protocol/uuid.ts";
import { buildBatch } from "../../src/record/batch-builder.ts";
import { ask, startGroupBroker } from "./group-broker.ts";
import type { TestBroker } from "./test-broker.ts";

// A transaction's offsets are in `__consumer_offsets` already, as another broker may have left them.

const PRODUCER_ID = 7;

/** The offset 5 of t-0 for the group "g", in a transaction that is open. */
async function brokerWithPendingOffset(): Promise<TestBroker> {
  const broker = await startGroupBroker();
  const value = { offset: 5, leaderEpoch: -1, metadata: "", commitTimestamp: broker.runtime.clock.now() };
  const record = groupRecordSerde.serialize({
    kind: "OffsetCommit",
    groupId: "g",
    topic: "t",
    partition: 0,
    value: { ...value, expireTimestamp: -1, topicId: ZERO_UUID },
  });
  const batch = buildBatch(
    {
      records: [{ ...record, timestamp: broker.runtime.clock.now() }],
      producerId: PRODUCER_ID,
      producerEpoch: 0,
      transactional: true,
    },
    broker.runtime,
  );
  const { groups } = broker.services;
  const index = groups.partitionFor("g");
  const partition = broker.partition(OFFSETS_TOPIC, index);
  expect(partition.appendRecordsToLeader(batch, 1, { origin: "coordinator" }).errorCode).toBe(0);
  groups.resigned(index);
  groups.elected(index, new ReplicaCoordinatorPartition(partition));
  broker.runtime.clock.runUntilIdle();
  return broker;
}

function end(broker: TestBroker, index: number, options: { commit?: boolean; epoch?: number } = {}) {
  const exchange = broker.send(writeTxnMarkers, 2, {
    markers: [
      {
        producerId: PRODUCER_ID,
        producerEpoch: options.epoch ?? 1,
        transactionResult: options.commit ?? true,
        topics: [{ name: OFFSETS_TOPIC, partitionIndexes: [index] }],
        coordinatorEpoch: 0,
        transactionVersion: 2,
      },
    ],
  });
  return () => exchange.response!.markers[0]!.topics[0]!.partitions[0]!.errorCode;
}

function fetched(broker: TestBroker, requireStable = true) {
  const topics = [{ name: "t", partitionIndexes: [0] }];
  const { groups } = ask(broker, offsetFetch, 9, { groups: [{ groupId: "g", topics }], requireStable })!;
  const { committedOffset, errorCode } = groups[0]!.topics[0]!.partitions[0]!;
  return { committedOffset, errorCode };
}

test("offsets of a transaction count once the marker of its commit is written", async () => {
  const broker = await brokerWithPendingOffset();
  const index = broker.services.groups.partitionFor("g");
  expect(fetched(broker)).toEqual({ committedOffset: -1, errorCode: ErrorCode.UNSTABLE_OFFSET_COMMIT });
  expect(end(broker, index)()).toBe(0);
  expect(fetched(broker)).toEqual({ committedOffset: 5, errorCode: 0 });
});

test("offsets of a transaction that is aborted never count", async () => {
  const broker = await brokerWithPendingOffset();
  expect(end(broker, broker.services.groups.partitionFor("g"), { commit: false })()).toBe(0);
  expect(fetched(broker)).toEqual({ committedOffset: -1, errorCode: 0 });
});

test("a marker of an old epoch is refused and changes nothing", async () => {
  const broker = await brokerWithPendingOffset();
  expect(end(broker, broker.services.groups.partitionFor("g"), { epoch: 0 })()).toBe(ErrorCode.INVALID_PRODUCER_EPOCH);
  expect(fetched(broker).errorCode).toBe(ErrorCode.UNSTABLE_OFFSET_COMMIT);
});

test("a marker goes behind the commits that are being gathered, and those after it follow", async () => {
  const broker = await brokerWithPendingOffset();
  const { groups } = broker.services;
  const index = groups.partitionFor("g");
  const commit = (groupId: string) =>
    broker.send(offsetCommit, 8, {
      groupId,
      memberId: "",
      topics: [{ name: "t", partitions: [{ partitionIndex: 1, committedOffset: 9, committedMetadata: "" }] }],
    });
  const before = [commit("g"), commit("g")];
  const errorCode = end(broker, index);
  const after = commit("g");
  broker.runtime.clock.runUntilIdle();
  expect(errorCode()).toBe(0);
  for (const { response } of [...before, after]) expect(response!.topics[0]!.partitions[0]!.errorCode).toBe(0);
  expect(fetched(broker)).toEqual({ committedOffset: 5, errorCode: 0 });
  // Nothing was written beside the coordinator, so it did not have to load again.
  expect(broker.runtime.log.lines.filter(({ level }) => level === "error")).toEqual([]);
});

test("a coordinator that is loading, or elsewhere, is told as a replica's error, which the sender tries again", async () => {
  const broker = await brokerWithPendingOffset();
  const { groups } = broker.services;
  const index = groups.partitionFor("g");
  groups.resigned(index);
  expect(end(broker, index)()).toBe(ErrorCode.NOT_LEADER_OR_FOLLOWER);
  groups.elected(index, new ReplicaCoordinatorPartition(broker.partition(OFFSETS_TOPIC, index)));
  expect(end(broker, index)()).toBe(ErrorCode.NOT_LEADER_OR_FOLLOWER);
  broker.runtime.clock.runUntilIdle();
  expect(end(broker, index)()).toBe(0);
});
