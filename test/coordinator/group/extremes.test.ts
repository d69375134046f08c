import { describe, expect, it } from "vitest";
import { groupRecordSerde } from "../../../src/coordinator/group/group-record.ts";
import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import { decodeRecords } from "../../../src/record/record.ts";
import { GroupScenario } from "../group-scenario.ts";

const UUID = "01234567-89ab-cdef-0123-456789abcdef";

function join(scenario: GroupScenario, clientId: string, groupInstanceId: string | null, apiVersion: number): number {
  const request = {
    groupId: "g",
    memberId: "",
    groupInstanceId,
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 60_000,
    protocolType: "consumer",
    protocols: [{ name: "range", metadata: new Uint8Array(6) }],
    reason: null,
  };
  const context = { apiVersion, clientId, clientHost: "/127.0.0.1", newUuid: () => UUID };
  let answer: number | undefined;
  scenario.groups.joinGroup(request, context, ({ errorCode }) => {
    answer = errorCode;
  });
  scenario.clock.advance(70_000);
  return answer!;
}

describe("what clients may send to the limits of the protocol", () => {
  it.each<[string, number, (prefix: string) => [clientId: string, groupInstanceId: string | null]]>([
    ["client id", 3, (prefix: string) => [prefix, null]],
    ["client id of a pending member", 9, (prefix: string) => [prefix, null]],
    ["group instance id", 9, (prefix: string) => ["client", prefix]],
  ])("a member id that is too long because of its %s is refused and changes nothing", (_what, version, idsOf) => {
    const scenario = new GroupScenario();
    const longest = 32_767 - UUID.length - 1;
    const logEndOffset = scenario.partition.logEndOffset;
    expect(join(scenario, ...idsOf("é".repeat(longest / 2 + 1)), version)).toBe(ErrorCode.INVALID_REQUEST);
    expect(scenario.partition.logEndOffset).toBe(logEndOffset);
    expect(scenario.play("list")).toEqual(["ListGroups NONE: "]);
    expect(join(scenario, ...idsOf("x".repeat(longest)), version)).not.toBe(ErrorCode.INVALID_REQUEST);
  });

  it.each([
    [-(2n ** 62n), 0n],
    [2n ** 62n, BigInt(Number.MAX_SAFE_INTEGER)],
    [-1, -1n],
  ])("a retention time of %s is kept as the expiry %s", (retentionTimeMs, expected) => {
    const scenario = new GroupScenario();
    const partition = { partitionIndex: 0, committedOffset: 5, committedLeaderEpoch: -1, committedMetadata: null };
    const request = {
      groupId: "g",
      generationIdOrMemberEpoch: -1,
      memberId: "",
      groupInstanceId: null,
      retentionTimeMs,
      topics: [{ name: "t", topicId: "tAAAAAAAAAAAAAAAAAAAAA", partitions: [partition] }],
    };
    let answer: number | undefined;
    scenario.groups.commitOffsets(request, 2, ({ topics }) => {
      answer = topics[0]!.partitions[0]!.errorCode;
    });
    scenario.clock.runUntilIdle();
    expect(answer).toBe(ErrorCode.NONE);
    const [committed] = decodeRecords(scenario.partition.batches.at(-1)!, 0, scenario.runtime.compression);
    const record = groupRecordSerde.deserialize(committed!.key!, committed!.value);
    if (record?.kind !== "OffsetCommit") throw new Error("No offset was committed");
    expect(BigInt(record.value!.expireTimestamp)).toBe(expected);
  });

  it("more groups than a call takes arguments are deleted in one request", () => {
    const groupIds = Array.from({ length: 150_000 }, (_, index) => `g${index}`);
    let count: number | undefined;
    const scenario = new GroupScenario();
    scenario.groups.deleteGroups(groupIds, (results) => {
      count = results.length;
    });
    scenario.clock.runUntilIdle();
    expect(count).toBe(groupIds.length);
  });
});
