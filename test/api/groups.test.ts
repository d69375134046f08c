import { expect, test } from "vitest";
import { deleteGroups } from "../../src/api/delete-groups.ts";
import { describeGroups } from "../../src/api/describe-groups.ts";
import { heartbeat } from "../../src/api/heartbeat.ts";
import { joinGroup } from "../../src/api/join-group.ts";
import { leaveGroup } from "../../src/api/leave-group.ts";
import { listGroups } from "../../src/api/list-groups.ts";
import { syncGroup } from "../../src/api/sync-group.ts";
import { ReplicaCoordinatorPartition } from "../../src/coordinator/replica-coordinator-partition.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { ask, startGroupBroker } from "./group-broker.ts";
import type { TestBroker } from "./test-broker.ts";

const EMPTY = new Uint8Array(0);
const METADATA = Uint8Array.of(0, 0, 0, 0, 0, 1, 0, 1, 116, 255, 255, 255, 255);
const ASSIGNMENT = Uint8Array.of(7, 7, 7);

function join(broker: TestBroker, version: number, memberId = "", groupId = "g") {
  return ask(broker, joinGroup, version, {
    groupId,
    sessionTimeoutMs: 10_000,
    ...(version >= 1 ? { rebalanceTimeoutMs: 60_000 } : {}),
    memberId,
    protocolType: "consumer",
    protocols: [{ name: "range", metadata: METADATA }],
  });
}

/** Makes "g" a stable group of one member. */
function stableGroup(broker: TestBroker): string {
  const memberId = join(broker, 3)!.memberId;
  const assignments = [{ memberId, assignment: ASSIGNMENT }];
  ask(broker, syncGroup, 0, { groupId: "g", generationId: 1, memberId, assignments });
  return memberId;
}

test.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])("JoinGroup version %i makes a group", async (version) => {
  const broker = await startGroupBroker();
  let exchange = join(broker, version);
  if (version >= 4) {
    expect(exchange).toMatchObject({ errorCode: ErrorCode.MEMBER_ID_REQUIRED, members: [] });
    exchange = join(broker, version, exchange!.memberId);
  }
  const { memberId } = exchange!;
  expect(memberId).toMatch(/^test-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(exchange).toMatchObject({
    errorCode: ErrorCode.NONE,
    generationId: 1,
    protocolType: version >= 7 ? "consumer" : null,
    protocolName: "range",
    leader: memberId,
    skipAssignment: false,
    members: [{ memberId, groupInstanceId: null, metadata: METADATA }],
  });
});

test.each([0, 6, 7, 9])("JoinGroup version %i says an error without a protocol", async (version) => {
  const broker = await startGroupBroker();
  expect(join(broker, version, "m", "")).toMatchObject({
    errorCode: ErrorCode.INVALID_GROUP_ID,
    generationId: -1,
    protocolName: version >= 7 ? null : "",
    leader: "",
    memberId: "m",
  });
});

test.each([0, 1, 2, 3, 4, 5])("SyncGroup version %i brings the assignment", async (version) => {
  const broker = await startGroupBroker();
  const { memberId } = join(broker, 3)!;
  const response = ask(broker, syncGroup, version, {
    groupId: "g",
    generationId: 1,
    memberId,
    ...(version >= 5 ? { protocolType: "consumer", protocolName: "range" } : {}),
    assignments: [{ memberId, assignment: ASSIGNMENT }],
  });
  expect(response).toMatchObject({
    errorCode: ErrorCode.NONE,
    protocolType: version >= 5 ? "consumer" : null,
    protocolName: version >= 5 ? "range" : null,
    assignment: ASSIGNMENT,
  });
});

test("SyncGroup from version 5 on must name the protocol", async () => {
  const broker = await startGroupBroker();
  const request = { groupId: "g", generationId: 1, memberId: "m", protocolType: "consumer", assignments: [] };
  expect(ask(broker, syncGroup, 5, request)).toMatchObject({
    errorCode: ErrorCode.INCONSISTENT_GROUP_PROTOCOL,
    assignment: EMPTY,
  });
});

test.each([0, 1, 2, 3, 4])("Heartbeat version %i", async (version) => {
  const broker = await startGroupBroker();
  const memberId = stableGroup(broker);
  const beat = (groupId: string, generationId: number) =>
    ask(broker, heartbeat, version, { groupId, generationId, memberId })!.errorCode;
  expect([beat("g", 1), beat("g", 2), beat("h", 1), beat("", 1)]).toEqual([
    ErrorCode.NONE,
    ErrorCode.ILLEGAL_GENERATION,
    ErrorCode.UNKNOWN_MEMBER_ID,
    ErrorCode.INVALID_GROUP_ID,
  ]);
});

test("while the coordinator loads, heartbeats are well and everything else waits", async () => {
  const broker = await startGroupBroker();
  const memberId = stableGroup(broker);
  broker.services.groups.close();
  for (const index of [0, 1, 2]) {
    const partition = broker.partition("__consumer_offsets", index);
    broker.services.groups.elected(index, new ReplicaCoordinatorPartition(partition));
  }
  const beat = broker.send(heartbeat, 4, { groupId: "g", generationId: 1, memberId });
  expect(beat.response?.errorCode).toBe(ErrorCode.NONE);
  const join9 = broker.send(joinGroup, 9, {
    groupId: "g",
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 60_000,
    memberId,
    protocolType: "consumer",
    protocols: [{ name: "range", metadata: METADATA }],
  });
  expect(join9.response?.errorCode).toBe(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
  expect(broker.send(listGroups, 5, { statesFilter: [], typesFilter: [] }).response).toMatchObject({
    errorCode: ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
    groups: [],
  });
  broker.runtime.clock.runUntilIdle();
  expect(broker.send(listGroups, 5, { statesFilter: [], typesFilter: [] }).response?.groups).toEqual([
    { groupId: "g", protocolType: "consumer", groupState: "Stable", groupType: "classic" },
  ]);
});

test.each([
  ["classic", 1],
  ["CLASSIC", 1],
  [" classic ", 0],
  ["consumer", 0],
])('groups of type "%s" are listed', async (type, count) => {
  const broker = await startGroupBroker();
  stableGroup(broker);
  const listed = ask(broker, listGroups, 5, { statesFilter: [" stable "], typesFilter: [type] });
  expect(listed?.groups).toHaveLength(count);
});

test.each([0, 1, 2])("LeaveGroup version %i takes one member out", async (version) => {
  const broker = await startGroupBroker();
  const memberId = stableGroup(broker);
  const leave = (id: string) => ask(broker, leaveGroup, version, { groupId: "g", memberId: id })!.errorCode;
  expect([leave("nobody"), leave(memberId), leave(memberId)]).toEqual([25, 0, 25]);
  expect(ask(broker, leaveGroup, version, { groupId: "", memberId })!.errorCode).toBe(24);
});

test.each([3, 4, 5])("LeaveGroup version %i takes several members out", async (version) => {
  const broker = await startGroupBroker();
  const memberId = stableGroup(broker);
  const members = [{ memberId }, { memberId: "nobody" }, { memberId: "", groupInstanceId: "i" }];
  expect(ask(broker, leaveGroup, version, { groupId: "g", members })).toMatchObject({
    errorCode: ErrorCode.NONE,
    members: [
      { memberId, groupInstanceId: null, errorCode: 0 },
      { memberId: "nobody", groupInstanceId: null, errorCode: 25 },
      { memberId: "", groupInstanceId: "i", errorCode: 25 },
    ],
  });
});

test.each([0, 1, 2, 3, 4, 5, 6])("DescribeGroups version %i", async (version) => {
  const broker = await startGroupBroker();
  const memberId = stableGroup(broker);
  const response = ask(broker, describeGroups, version, {
    groups: ["g", "nope"],
    ...(version >= 3 ? { includeAuthorizedOperations: true } : {}),
  });
  expect(response?.groups[0]).toEqual({
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    groupId: "g",
    groupState: "Stable",
    protocolType: "consumer",
    protocolData: "range",
    members: [
      {
        memberId,
        groupInstanceId: null,
        clientId: "test",
        clientHost: "/127.0.0.1",
        memberMetadata: METADATA,
        memberAssignment: ASSIGNMENT,
      },
    ],
    authorizedOperations: version >= 3 ? 3400 : -2147483648,
  });
  expect(response?.groups[1]).toMatchObject({
    errorCode: version >= 6 ? ErrorCode.GROUP_ID_NOT_FOUND : ErrorCode.NONE,
    errorMessage: version >= 6 ? "Group nope not found." : null,
    groupState: "Dead",
    members: [],
  });
});

test.each([0, 1, 2, 3, 4, 5])("ListGroups version %i", async (version) => {
  const broker = await startGroupBroker();
  stableGroup(broker);
  const response = ask(broker, listGroups, version, {});
  expect(response).toMatchObject({
    errorCode: ErrorCode.NONE,
    groups: [
      {
        groupId: "g",
        protocolType: "consumer",
        groupState: version >= 4 ? "Stable" : "",
        groupType: version >= 5 ? "classic" : "",
      },
    ],
  });
});

test.each([0, 1, 2, 3])("DeleteGroups version %i", async (version) => {
  const broker = await startGroupBroker();
  const memberId = stableGroup(broker);
  const remove = () =>
    broker
      .send(deleteGroups, version, { groupsNames: ["g", "nope", "g"] })
      .response?.results.map((result) => [result.groupId, result.errorCode]);
  expect(new Map(remove() as [string, number][])).toEqual(
    new Map([
      ["g", ErrorCode.NON_EMPTY_GROUP],
      ["nope", ErrorCode.GROUP_ID_NOT_FOUND],
    ]),
  );
  ask(broker, leaveGroup, 0, { groupId: "g", memberId });
  expect(remove()).toContainEqual(["g", ErrorCode.NONE]);
  expect(remove()).toContainEqual(["g", ErrorCode.GROUP_ID_NOT_FOUND]);
});
