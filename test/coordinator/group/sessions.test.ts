import { describe, it } from "vitest";
import { expectScenario } from "../group-scenario.ts";

describe("sessions", () => {
  it("expire without heartbeats, and the others rebalance", () => {
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
        > sync a a->p0 b->p1
          log: g generation 2 "consumer" range leader a-1 a-1(p0) b-2(p1)
          a: assigned "p0"
        > sync b
          b: assigned "p1"
        > advance 6s
        > heartbeat a
          a: Heartbeat NONE
        > advance 5s
        > heartbeat a
          a: Heartbeat REBALANCE_IN_PROGRESS
        > join a
          a: joined generation 3 range as a-1, leader a-1, members a-1
        > sync a a->p0+p1
          log: g generation 3 "consumer" range leader a-1 a-1(p0+p1)
          a: assigned "p0+p1"
        > advance 11s
          log: g generation 4 "consumer" null leader null
        > describe
          g: NONE Empty "consumer" ""
      `,
    );
  });

  it("of ids that were given out expire when they are not used", () => {
    expectScenario(
      `
        > join a
          log: g generation 0 "" null leader null
          a: JoinGroup MEMBER_ID_REQUIRED a-1
        > advance 10s
        > join a
          a: JoinGroup UNKNOWN_MEMBER_ID a-1
      `,
    );
  });
});
