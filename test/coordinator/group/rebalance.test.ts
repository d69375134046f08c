import { describe, it } from "vitest";
import { expectScenario } from "../group-scenario.ts";

/** Two members that have not synced yet. */
const TWO_JOINED = `
        > join a v=3
          log: g generation 0 "" null leader null
          a: joined generation 1 range as a-1, leader a-1, members a-1
        > join b v=3
        > join a v=3
          a: joined generation 2 range as a-1, leader a-1, members a-1 b-2
          b: joined generation 2 range as b-2, leader a-1`;

describe("rebalances of a classic group", () => {
  it("bring three members together, and together again when one leaves", () => {
    expectScenario(
      `
        > join a
          log: g generation 0 "" null leader null
          a: JoinGroup MEMBER_ID_REQUIRED a-1
        > join a
          a: joined generation 1 range as a-1, leader a-1, members a-1
        > sync a a->p0+p1+p2
          log: g generation 1 "consumer" range leader a-1 a-1(p0+p1+p2)
          a: assigned "p0+p1+p2"
        > join b
          b: JoinGroup MEMBER_ID_REQUIRED b-2
        > join b
        > join c
          c: JoinGroup MEMBER_ID_REQUIRED c-3
        > join c
        > heartbeat a
          a: Heartbeat REBALANCE_IN_PROGRESS
        > join a
          a: joined generation 2 range as a-1, leader a-1, members a-1 b-2 c-3
          b: joined generation 2 range as b-2, leader a-1
          c: joined generation 2 range as c-3, leader a-1
        > sync c
        > sync b
        > sync a a->p0 b->p1 c->p2
          log: g generation 2 "consumer" range leader a-1 a-1(p0) b-2(p1) c-3(p2)
          a: assigned "p0"
          b: assigned "p1"
          c: assigned "p2"
        > heartbeat b
          b: Heartbeat NONE
        > describe
          g: NONE Stable "consumer" "range" a-1(p0) b-2(p1) c-3(p2)
        > leave b
          LeaveGroup NONE: NONE
        > heartbeat a
          a: Heartbeat REBALANCE_IN_PROGRESS
        > join a
        > join c
          a: joined generation 3 range as a-1, leader a-1, members a-1 c-3
          c: joined generation 3 range as c-3, leader a-1
        > sync a a->p0+p1 c->p2
          log: g generation 3 "consumer" range leader a-1 a-1(p0+p1) c-3(p2)
          a: assigned "p0+p1"
        > sync c
          c: assigned "p2"
      `,
    );
  });

  it("remove a member that does not rejoin within the rebalance timeout", () => {
    expectScenario(
      `${TWO_JOINED}
        > sync a a->p0 b->p1
          log: g generation 2 "consumer" range leader a-1 a-1(p0) b-2(p1)
          a: assigned "p0"
        > sync b
          b: assigned "p1"
        > join c v=3
        > join b v=3
        > advance 9s
        > heartbeat a
          a: Heartbeat REBALANCE_IN_PROGRESS
        > advance 9s
        > heartbeat a
          a: Heartbeat REBALANCE_IN_PROGRESS
        > advance 9s
        > heartbeat a
          a: Heartbeat REBALANCE_IN_PROGRESS
        > advance 9s
        > heartbeat a
          a: Heartbeat REBALANCE_IN_PROGRESS
        > advance 9s
        > heartbeat a
          a: Heartbeat REBALANCE_IN_PROGRESS
        > advance 9s
        > heartbeat a
          a: Heartbeat REBALANCE_IN_PROGRESS
        > advance 6s
          b: joined generation 3 range as b-2, leader b-2, members b-2 c-3
          c: joined generation 3 range as c-3, leader b-2
        > heartbeat a
          a: Heartbeat UNKNOWN_MEMBER_ID
      `,
    );
  });

  it("remove a member whose SyncGroup does not come within the rebalance timeout", () => {
    expectScenario(
      `
        > join a v=3 rebalance=10s
          log: g generation 0 "" null leader null
          a: joined generation 1 range as a-1, leader a-1, members a-1
        > join b v=3 rebalance=10s
        > join a v=3 rebalance=10s
          a: joined generation 2 range as a-1, leader a-1, members a-1 b-2
          b: joined generation 2 range as b-2, leader a-1
        > sync a a->p0 b->p1
          log: g generation 2 "consumer" range leader a-1 a-1(p0) b-2(p1)
          a: assigned "p0"
        > advance 9s
        > heartbeat a
          a: Heartbeat NONE
        > heartbeat b
          b: Heartbeat NONE
        > advance 1s
        > heartbeat a
          a: Heartbeat REBALANCE_IN_PROGRESS
        > heartbeat b
          b: Heartbeat UNKNOWN_MEMBER_ID
      `,
    );
  });

  it("start when the leader rejoins or a member changes its metadata, and not when a follower repeats itself", () => {
    expectScenario(
      `${TWO_JOINED}
        > sync a a->p0 b->p1
          log: g generation 2 "consumer" range leader a-1 a-1(p0) b-2(p1)
          a: assigned "p0"
        > join b
          b: joined generation 2 range as b-2, leader a-1
        > heartbeat a
          a: Heartbeat NONE
        > join b protocols=range:u
        > heartbeat a
          a: Heartbeat REBALANCE_IN_PROGRESS
        > join a
          a: joined generation 3 range as a-1, leader a-1, members a-1 b-2
          b: joined generation 3 range as b-2, leader a-1
        > sync a a->p1 b->p0
          log: g generation 3 "consumer" range leader a-1 a-1(p1) b-2(p0)
          a: assigned "p1"
        > join a
        > heartbeat b
          b: Heartbeat REBALANCE_IN_PROGRESS
      `,
    );
  });

  it("choose the protocol most members like best of those all support, and refuse who supports none", () => {
    expectScenario(
      `
        > join a v=3 protocols=range:t,sticky:t
          log: g generation 0 "" null leader null
          a: joined generation 1 range as a-1, leader a-1, members a-1
        > join b v=3 protocols=sticky:t,range:t
        > join c v=3 protocols=sticky:t,range:t
        > join a v=3 protocols=range:t,sticky:t
          a: joined generation 2 sticky as a-1, leader a-1, members a-1 b-2 c-3
          b: joined generation 2 sticky as b-2, leader a-1
          c: joined generation 2 sticky as c-3, leader a-1
        > join d v=3 protocols=roundrobin:t
          d: JoinGroup INCONSISTENT_GROUP_PROTOCOL
        > join d v=3 protocols=range:t type=connect
          d: JoinGroup INCONSISTENT_GROUP_PROTOCOL
        > join e v=3 protocols=range:t
        > join a v=3 protocols=range:t,sticky:t
        > join b v=3 protocols=sticky:t,range:t
        > join c v=3 protocols=sticky:t,range:t
          a: joined generation 3 range as a-1, leader a-1, members a-1 b-2 c-3 e-4
          b: joined generation 3 range as b-2, leader a-1
          c: joined generation 3 range as c-3, leader a-1
          e: joined generation 3 range as e-4, leader a-1
      `,
    );
  });

  it("check generation, member and protocol of a SyncGroup", () => {
    expectScenario(
      `
        > join a v=3
          log: g generation 0 "" null leader null
          a: joined generation 1 range as a-1, leader a-1, members a-1
        > sync a generation=7
          a: SyncGroup ILLEGAL_GENERATION
        > sync a id=nobody generation=1
          a: SyncGroup UNKNOWN_MEMBER_ID
        > sync a type=connect protocol=range
          a: SyncGroup INCONSISTENT_GROUP_PROTOCOL
        > sync a type=consumer protocol=sticky
          a: SyncGroup INCONSISTENT_GROUP_PROTOCOL
        > sync a type=consumer protocol=range a->p0
          log: g generation 1 "consumer" range leader a-1 a-1(p0)
          a: assigned "p0"
        > sync a type=consumer protocol=range
          a: assigned "p0"
      `,
    );
  });

  it("refuse members beyond group.max.size", () => {
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
        > join c
          c: JoinGroup MEMBER_ID_REQUIRED c-3
        > join c
        > join a
          a: JoinGroup GROUP_MAX_SIZE_REACHED
        > join c
          c: JoinGroup REBALANCE_IN_PROGRESS c-3
          b: joined generation 2 range as b-2, leader b-2, members b-2 c-3
          c: joined generation 2 range as c-3, leader b-2
      `,
      { maxSize: 2 },
    );
  });

  it("tell a member that is removed while it waits for its assignment", () => {
    expectScenario(
      `${TWO_JOINED}
        > sync b
        > leave b
          b: SyncGroup UNKNOWN_MEMBER_ID
          LeaveGroup NONE: NONE
      `,
    );
  });

  it("do not wait for an id that was given out, once its client leaves", () => {
    expectScenario(
      `
        > join a v=3
          log: g generation 0 "" null leader null
          a: joined generation 1 range as a-1, leader a-1, members a-1
        > sync a a->p0
          log: g generation 1 "consumer" range leader a-1 a-1(p0)
          a: assigned "p0"
        > join b
          b: JoinGroup MEMBER_ID_REQUIRED b-2
        > join a v=3
        > leave b
          a: joined generation 2 range as a-1, leader a-1, members a-1
          LeaveGroup NONE: NONE
      `,
    );
  });
});
