import { describe, it } from "vitest";
import { expectScenario } from "../group-scenario.ts";

describe("answers", () => {
  it("to commits wait for the high watermark; reads show what is committed, stable reads wait", () => {
    expectScenario(
      `
        > watermark stays
        > commit - t-0@5
          log: g t-0@5
        > fetch t-0
          OffsetFetch NONE: t-0@-1
        > list
          ListGroups NONE:
        > fetch t-0 stable=true
        > watermark moves
          -: OffsetCommit NONE
          OffsetFetch NONE: t-0@5
        > fetch t-0
          OffsetFetch NONE: t-0@5
        > list
          ListGroups NONE: g(Empty classic)
      `,
    );
  });

  it("to SyncGroup wait until the assignment is committed", () => {
    expectScenario(
      `
        > join a
          log: g generation 0 "" null leader null
          a: JoinGroup MEMBER_ID_REQUIRED a-1
        > join a
          a: joined generation 1 range as a-1, leader a-1, members a-1
        > watermark stays
        > sync a a->p0
          log: g generation 1 "consumer" range leader a-1 a-1(p0)
        > describe
          g: NONE CompletingRebalance "consumer" "" a-1()
        > watermark moves
          a: assigned "p0"
        > describe
          g: NONE Stable "consumer" "range" a-1(p0)
      `,
    );
  });

  it("come with an error when the high watermark does not move in time; the records may count later", () => {
    expectScenario(
      `
        > watermark stays
        > commit - t-0@5
          log: g t-0@5
        > advance 5s
          -: OffsetCommit COORDINATOR_NOT_AVAILABLE
        > fetch t-0
          OffsetFetch NONE: t-0@-1
        > watermark moves
        > fetch t-0
          OffsetFetch NONE: t-0@5
      `,
    );
  });

  it("to a commit that could not be appended are errors, and the offset before it counts again", () => {
    expectScenario(
      `
        > commit - t-0@5
          log: g t-0@5
          -: OffsetCommit NONE
        > append fails NOT_ENOUGH_REPLICAS
        > commit - t-0@6
          -: OffsetCommit COORDINATOR_NOT_AVAILABLE
        > fetch t-0
          OffsetFetch NONE: t-0@5
        > fetch t-0 stable=true
          OffsetFetch NONE: t-0@5
        > append works
        > commit - t-0@7
          log: g t-0@7
          -: OffsetCommit NONE
        > fetch t-0
          OffsetFetch NONE: t-0@7
      `,
    );
  });

  it("to SyncGroup are errors when the assignment could not be appended, and the group rebalances", () => {
    expectScenario(
      `
        > join a
          log: g generation 0 "" null leader null
          a: JoinGroup MEMBER_ID_REQUIRED a-1
        > join a
          a: joined generation 1 range as a-1, leader a-1, members a-1
        > join b
          b: JoinGroup MEMBER_ID_REQUIRED b-2
        > join b
        > join a
          a: joined generation 2 range as a-1, leader a-1, members a-1 b-2
          b: joined generation 2 range as b-2, leader a-1
        > sync b
        > append fails NOT_ENOUGH_REPLICAS
        > sync a a->p0 b->p1
          a: SyncGroup COORDINATOR_NOT_AVAILABLE
          b: SyncGroup COORDINATOR_NOT_AVAILABLE
        > append works
        > describe
          g: NONE PreparingRebalance "consumer" "" a-1() b-2()
        > join a
        > join b
          a: joined generation 3 range as a-1, leader a-1, members a-1 b-2
          b: joined generation 3 range as b-2, leader a-1
        > sync a a->p0 b->p1
          log: g generation 3 "consumer" range leader a-1 a-1(p0) b-2(p1)
          a: assigned "p0"
      `,
    );
  });

  it("to the first JoinGroup are errors when the group could not be appended, and it does not exist", () => {
    expectScenario(
      `
        > append fails NOT_ENOUGH_REPLICAS
        > join a v=3
          a: JoinGroup COORDINATOR_NOT_AVAILABLE a-1
        > join b
          b: JoinGroup MEMBER_ID_REQUIRED b-2
        > list
          ListGroups NONE:
        > describe
          g: GROUP_ID_NOT_FOUND Dead "" ""
        > append works
        > join b
          b: JoinGroup UNKNOWN_MEMBER_ID b-2
        > join a id=
          log: g generation 0 "" null leader null
          a: JoinGroup MEMBER_ID_REQUIRED a-3
        > list
          ListGroups NONE: g(Empty classic)
      `,
    );
  });

  it("to parked JoinGroups send the client to the new coordinator when this one resigns", () => {
    expectScenario(
      `
        > join a
          log: g generation 0 "" null leader null
          a: JoinGroup MEMBER_ID_REQUIRED a-1
        > join a
          a: joined generation 1 range as a-1, leader a-1, members a-1
        > join b
          b: JoinGroup MEMBER_ID_REQUIRED b-2
        > join b
        > resign
          b: JoinGroup NOT_COORDINATOR b-2
      `,
    );
  });

  it("to parked SyncGroups, too", () => {
    expectScenario(
      `
        > join a
          log: g generation 0 "" null leader null
          a: JoinGroup MEMBER_ID_REQUIRED a-1
        > join a
          a: joined generation 1 range as a-1, leader a-1, members a-1
        > join b
          b: JoinGroup MEMBER_ID_REQUIRED b-2
        > join b
        > join a
          a: joined generation 2 range as a-1, leader a-1, members a-1 b-2
          b: joined generation 2 range as b-2, leader a-1
        > sync b
        > resign
          b: SyncGroup NOT_COORDINATOR
      `,
    );
  });

  it("to a SyncGroup whose assignment was not committed yet send the client to the new coordinator, once", () => {
    expectScenario(
      `
        > join a v=3
          log: g generation 0 "" null leader null
          a: joined generation 1 range as a-1, leader a-1, members a-1
        > watermark stays
        > sync a a->p0
          log: g generation 1 "consumer" range leader a-1 a-1(p0)
        > resign
          a: SyncGroup NOT_COORDINATOR
        > watermark moves
        > elect
        > describe
          g: NONE Stable "consumer" "range" a-1(p0)
      `,
    );
  });

  it("after a reload from the log are those of before; sessions start anew", () => {
    expectScenario(
      `
        > join a
          log: g generation 0 "" null leader null
          a: JoinGroup MEMBER_ID_REQUIRED a-1
        > join a
          a: joined generation 1 range as a-1, leader a-1, members a-1
        > join b instance=j
        > join a
          a: joined generation 2 range as a-1, leader a-1, members a-1 j-2
          b: joined generation 2 range as j-2, leader a-1
        > sync a a->p0 b->p1
          log: g generation 2 "consumer" range leader a-1 a-1(p0) j-2(p1)
          a: assigned "p0"
        > commit a t-0@5
          log: g t-0@5
          a: OffsetCommit NONE
        > commit - group=simple u-1@9
          log: simple u-1@9
          -: OffsetCommit NONE
        > describe
          g: NONE Stable "consumer" "range" a-1(p0) j-2(p1)
        > list
          ListGroups NONE: g(Stable classic) simple(Empty classic)
        > resign
        > heartbeat a
          a: Heartbeat NOT_COORDINATOR
        > fetch t-0
          OffsetFetch NOT_COORDINATOR:
        > elect
        > describe
          g: NONE Stable "consumer" "range" a-1(p0) j-2(p1)
        > list
          ListGroups NONE: g(Stable classic) simple(Empty classic)
        > fetch t-0
          OffsetFetch NONE: t-0@5
        > fetch group=simple all
          OffsetFetch NONE: u-1@9
        > heartbeat a
          a: Heartbeat NONE
        > heartbeat b instance=j
          b: Heartbeat NONE
        > advance 11s
          log: g generation 3 "consumer" null leader null
        > list
          ListGroups NONE: g(Empty classic) simple(Empty classic)
      `,
    );
  });
});
