import { expect, it } from "vitest";
import { EMPTY_ASSIGNMENT } from "../../../src/coordinator/group/classic/classic-group-member.ts";
import { GroupScenario, subscription } from "../group-scenario.ts";

it("metadata and assignments outlive the requests that lent their bytes", () => {
  const { groups, clock } = new GroupScenario();
  const metadata = subscription("t");
  const assignment = Uint8Array.of(1, 2, 3);
  const join = {
    groupId: "g",
    memberId: "",
    groupInstanceId: null,
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 10_000,
    protocolType: "consumer",
    protocols: [{ name: "range", metadata }],
    reason: null,
  };
  const context = { apiVersion: 3, clientId: "a", clientHost: "/127.0.0.1", newUuid: () => "1" };
  let assigned: Uint8Array = EMPTY_ASSIGNMENT;
  groups.joinGroup(join, context, () => {});
  metadata.fill(0);
  clock.runUntilIdle();
  const sync = { groupId: "g", memberId: "a-1", groupInstanceId: null, generationId: 1 };
  const assignments = [{ memberId: "a-1", assignment }];
  groups.syncGroup({ ...sync, protocolType: null, protocolName: null, assignments }, (response) => {
    assigned = response.assignment;
  });
  assignment.fill(0);
  clock.runUntilIdle();
  const [group] = groups.describeGroups({ groups: ["g"], includeAuthorizedOperations: false }, 6);
  expect(group?.members[0]?.memberMetadata).toEqual(subscription("t"));
  expect(group?.members[0]?.memberAssignment).toEqual(Uint8Array.of(1, 2, 3));
  expect(assigned).toEqual(Uint8Array.of(1, 2, 3));
});
