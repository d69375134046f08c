import { describe, it } from "vitest";
import { expectScenario } from "../group-scenario.ts";

describe("committed offsets", () => {
  it("are taken from members of the current generation, and from anybody only while the group is empty", () => {
    expectScenario(
      `
        > commit a t-0@1 generation=3 id=x
          a: OffsetCommit GROUP_ID_NOT_FOUND
        > commit a t-0@1 generation=3 id=x v=8
          a: OffsetCommit ILLEGAL_GENERATION
        > join a v=3
          log: g generation 0 "" null leader null
          a: joined generation 1 range as a-1, leader a-1, members a-1
        > commit a t-0@1
          a: OffsetCommit REBALANCE_IN_PROGRESS
        > commit - t-0@1
          -: OffsetCommit UNKNOWN_MEMBER_ID
        > sync a a->p0
          log: g generation 1 "consumer" range leader a-1 a-1(p0)
          a: assigned "p0"
        > commit a t-0@1
          log: g t-0@1
          a: OffsetCommit NONE
        > commit a t-0@1 generation=0
          a: OffsetCommit ILLEGAL_GENERATION
        > commit - t-0@1
          -: OffsetCommit UNKNOWN_MEMBER_ID
        > commit a t-0@1 metadata=longer-than-ten
          a: OffsetCommit OFFSET_METADATA_TOO_LARGE
        > join b v=3
        > commit a t-0@2
          log: g t-0@2
          a: OffsetCommit NONE
        > leave b
          LeaveGroup NONE: UNKNOWN_MEMBER_ID
        > join a v=3
          a: joined generation 2 range as a-1, leader a-1, members a-1 b-2
          b: joined generation 2 range as b-2, leader a-1
        > commit a t-0@3
          a: OffsetCommit REBALANCE_IN_PROGRESS
        > fetch t-0
          OffsetFetch NONE: t-0@2
      `,
    );
  });

  it("count for the topic id they were committed for", () => {
    expectScenario(
      `
        > commit - t-0@4
          log: g t-0@4
          -: OffsetCommit NONE
        > fetch t-0 topicId=tAAAAAAAAAAAAAAAAAAAAA
          OffsetFetch NONE: t-0@4
        > fetch t-0 topicId=uAAAAAAAAAAAAAAAAAAAAA
          OffsetFetch NONE: t-0@-1
      `,
    );
  });

  it("are forgotten when their topic is deleted", () => {
    expectScenario(
      `
        > commit - t-0@1 u-0@2
          log: g t-0@1; g u-0@2
          -: OffsetCommit NONE NONE
        > commit - group=other t-3@4
          log: other t-3@4
          -: OffsetCommit NONE
        > topic-deleted t
          log: g t-0 tombstone; other t-3 tombstone
        > fetch all
          OffsetFetch NONE: u-0@2
      `,
    );
  });

  it("can be deleted for topics without a subscription; a group when it is empty", () => {
    expectScenario(
      `
        > join a protocols=range:t
          log: g generation 0 "" null leader null
          a: JoinGroup MEMBER_ID_REQUIRED a-1
        > join a protocols=range:t
          a: joined generation 1 range as a-1, leader a-1, members a-1
        > sync a a->p0
          log: g generation 1 "consumer" range leader a-1 a-1(p0)
          a: assigned "p0"
        > commit a t-0@1 u-0@2
          log: g t-0@1; g u-0@2
          a: OffsetCommit NONE NONE
        > forget t-0 u-0
          log: g u-0 tombstone
          OffsetDelete NONE: GROUP_SUBSCRIBED_TO_TOPIC NONE
        > delete g
          g: DeleteGroups NON_EMPTY_GROUP
        > leave a
          log: g generation 2 "consumer" null leader null
          LeaveGroup NONE: NONE
        > delete g nothing
          log: g t-0 tombstone; g tombstone
          g: DeleteGroups NONE
          nothing: DeleteGroups GROUP_ID_NOT_FOUND
        > list
          ListGroups NONE:
      `,
    );
  });

  it("of a group of another protocol type can be deleted only while it is empty", () => {
    expectScenario(
      `
        > join a v=3 type=connect protocols=x:t
          log: g generation 0 "" null leader null
          a: joined generation 1 x as a-1, leader a-1, members a-1
        > sync a a->p0
          log: g generation 1 "connect" x leader a-1 a-1(p0)
          a: assigned "p0"
        > commit a t-0@1
          log: g t-0@1
          a: OffsetCommit NONE
        > forget t-0
          OffsetDelete NON_EMPTY_GROUP:
        > leave a
          log: g generation 2 "connect" null leader null
          LeaveGroup NONE: NONE
        > forget t-0
          log: g t-0 tombstone
          OffsetDelete NONE: NONE
        > describe group=unknown
          unknown: GROUP_ID_NOT_FOUND Dead "" ""
        > describe group=unknown v=5
          unknown: NONE Dead "" ""
        > list states=empty
          ListGroups NONE: g(Empty classic)
        > list states=stable,dead
          ListGroups NONE:
        > list types=Classic
          ListGroups NONE: g(Empty classic)
        > list types=consumer
          ListGroups NONE:
      `,
    );
  });

  it("with a retention time of their own expire by it", () => {
    expectScenario(
      `
        > commit - t-0@1 v=4 retention=1h
          log: g t-0@1
          -: OffsetCommit NONE
        > commit - t-1@1
          log: g t-1@1
          -: OffsetCommit NONE
        > advance 59m
        > fetch all
          OffsetFetch NONE: t-0@1 t-1@1
        > advance 10m
          log: g t-0 tombstone
        > fetch all
          OffsetFetch NONE: t-1@1
      `,
    );
  });

  it("expire after offsets.retention.minutes without members or commits, and their group with them", () => {
    expectScenario(
      `
        > join a protocols=range:t
          log: g generation 0 "" null leader null
          a: JoinGroup MEMBER_ID_REQUIRED a-1
        > join a protocols=range:t
          a: joined generation 1 range as a-1, leader a-1, members a-1
        > sync a a->p0
          log: g generation 1 "consumer" range leader a-1 a-1(p0)
          a: assigned "p0"
        > commit a t-0@1 u-0@2
          log: g t-0@1; g u-0@2
          a: OffsetCommit NONE NONE
        > commit - group=simple t-0@3
          log: simple t-0@3
          -: OffsetCommit NONE
        > advance 5s
        > heartbeat a
          a: Heartbeat NONE
        > leave a
          log: g generation 2 "consumer" null leader null
          LeaveGroup NONE: NONE
        > advance 167h
        > fetch all
          OffsetFetch NONE: t-0@1 u-0@2
        > commit - group=simple u-0@3
          log: simple u-0@3
          -: OffsetCommit NONE
        > advance 2h
          log: simple t-0 tombstone
          log: g t-0 tombstone; g u-0 tombstone; g tombstone
        > list
          ListGroups NONE: simple(Empty classic)
        > fetch group=simple all
          OffsetFetch NONE: u-0@3
        > advance 167h
          log: simple u-0 tombstone; simple tombstone
        > list
          ListGroups NONE:
      `,
    );
  });
});
