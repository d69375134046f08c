import { describe, it } from "vitest";
import { expectScenario } from "../group-scenario.ts";

describe("static members", () => {
  it("come back under a new member id without a rebalance; the old id is fenced", () => {
    expectScenario(
      `
        > join a instance=i
          log: g generation 0 "" null leader null
          a: joined generation 1 range as i-1, leader i-1, members i-1
        > join b instance=j
        > join a instance=i
          a: joined generation 2 range as i-1, leader i-1, members i-1 j-2
          b: joined generation 2 range as j-2, leader i-1
        > sync a instance=i a->p0 b->p1
          log: g generation 2 "consumer" range leader i-1 i-1(p0) j-2(p1)
          a: assigned "p0"
        > sync b instance=j
          b: assigned "p1"
        > join a id= instance=i
          log: g generation 2 "consumer" range leader i-3 j-2(p1) i-3(p0)
          a: joined generation 2 range as i-3, leader i-3, members j-2 i-3, skip assignment
        > heartbeat a id=i-1 instance=i
          a: Heartbeat FENCED_INSTANCE_ID
        > heartbeat a instance=i
          a: Heartbeat NONE
        > sync a instance=i
          a: assigned "p0"
        > heartbeat b instance=j
          b: Heartbeat NONE
      `,
    );
  });

  it("of older clients are told the former leader, so that a returning one does not assign anew", () => {
    expectScenario(
      `
        > join a instance=i
          log: g generation 0 "" null leader null
          a: joined generation 1 range as i-1, leader i-1, members i-1
        > join b instance=j
        > join a instance=i
          a: joined generation 2 range as i-1, leader i-1, members i-1 j-2
          b: joined generation 2 range as j-2, leader i-1
        > sync a instance=i a->p0 b->p1
          log: g generation 2 "consumer" range leader i-1 i-1(p0) j-2(p1)
          a: assigned "p0"
        > sync b instance=j
          b: assigned "p1"
        > join b id= instance=j v=8
          log: g generation 2 "consumer" range leader i-1 i-1(p0) j-3(p1)
          b: joined generation 2 range as j-3, leader i-1
        > sync b instance=j
          b: assigned "p1"
        > join a id= instance=i v=8
          log: g generation 2 "consumer" range leader i-4 j-3(p1) i-4(p0)
          a: joined generation 2 range as i-4, leader i-1
      `,
    );
  });

  it("keep the old member id when the new one cannot be stored", () => {
    expectScenario(
      `
        > join a instance=i
          log: g generation 0 "" null leader null
          a: joined generation 1 range as i-1, leader i-1, members i-1
        > sync a instance=i a->p0
          log: g generation 1 "consumer" range leader i-1 i-1(p0)
          a: assigned "p0"
        > append fails KAFKA_STORAGE_ERROR
        > join a id= instance=i
          a: JoinGroup NOT_COORDINATOR
        > append works
        > heartbeat a id=i-1 instance=i
          a: Heartbeat NONE
        > describe
          g: NONE Stable "consumer" "range" i-1(p0)
      `,
    );
  });

  it("keep their place while they are away, until their session expires", () => {
    expectScenario(
      `
        > join a instance=i session=2m
          log: g generation 0 "" null leader null
          a: joined generation 1 range as i-1, leader i-1, members i-1
        > join b instance=j session=2m
        > join a instance=i
          a: joined generation 2 range as i-1, leader i-1, members i-1 j-2
          b: joined generation 2 range as j-2, leader i-1
        > sync a instance=i a->p0 b->p1
          log: g generation 2 "consumer" range leader i-1 i-1(p0) j-2(p1)
          a: assigned "p0"
        > sync b instance=j
          b: assigned "p1"
        > join c v=3
        > join a instance=i
        > advance 60s
          a: joined generation 3 range as i-1, leader i-1, members i-1 j-2 c-3
          c: joined generation 3 range as c-3, leader i-1
        > sync a instance=i a->p0 b->p1 c->p2
          log: g generation 3 "consumer" range leader i-1 i-1(p0) j-2(p1) c-3(p2)
          a: assigned "p0"
        > describe
          g: NONE Stable "consumer" "range" i-1(p0) j-2(p1) c-3(p2)
        > join b id= instance=j
          log: g generation 3 "consumer" range leader i-1 i-1(p0) c-3(p2) j-4(p1)
          b: joined generation 3 range as j-4, leader i-1
      `,
    );
  });

  it("can be removed by their instance id", () => {
    expectScenario(
      `
        > join a instance=i
          log: g generation 0 "" null leader null
          a: joined generation 1 range as i-1, leader i-1, members i-1
        > join b instance=j
        > join a instance=i
          a: joined generation 2 range as i-1, leader i-1, members i-1 j-2
          b: joined generation 2 range as j-2, leader i-1
        > sync a instance=i a->p0 b->p1
          log: g generation 2 "consumer" range leader i-1 i-1(p0) j-2(p1)
          a: assigned "p0"
        > sync b instance=j
          b: assigned "p1"
        > leave instance=j
          LeaveGroup NONE: NONE
        > leave instance=j
          LeaveGroup NONE: UNKNOWN_MEMBER_ID
        > heartbeat a instance=i
          a: Heartbeat REBALANCE_IN_PROGRESS
      `,
    );
  });
});
