import { DeleteGroupsRequest } from "../../../src/protocol/messages/delete-groups.ts";
import { DescribeGroupsRequest } from "../../../src/protocol/messages/describe-groups.ts";
import { FindCoordinatorRequest } from "../../../src/protocol/messages/find-coordinator.ts";
import { HeartbeatRequest } from "../../../src/protocol/messages/heartbeat.ts";
import { LeaveGroupRequest } from "../../../src/protocol/messages/leave-group.ts";
import { ListGroupsRequest } from "../../../src/protocol/messages/list-groups.ts";
import { OffsetCommitRequest } from "../../../src/protocol/messages/offset-commit.ts";
import { OffsetDeleteRequest } from "../../../src/protocol/messages/offset-delete.ts";
import { OffsetFetchRequest } from "../../../src/protocol/messages/offset-fetch.ts";
import { SyncGroupRequest } from "../../../src/protocol/messages/sync-group.ts";
import type { Input } from "../../../src/protocol/schema.ts";
import { coordinatorReady } from "./coordinator-ready.ts";
import { createTopic, topicIdOf } from "./record-requests.ts";
import { type Scenario, type Transcript, versionsOf } from "./scenario.ts";

const TOPIC = "sbs-unusual-group-topic";
const GROUP = "sbs-unusual";
const UNKNOWN_ID = "5L6g3nShT-eMCtK--X86sw";

const partition = (partitionIndex: number, committedOffset: number, more: object = {}) => ({
  partitionIndex,
  committedOffset,
  committedMetadata: null,
  ...more,
});

function commit(
  transcript: Transcript,
  step: string,
  version: number,
  topics: Input<typeof OffsetCommitRequest>["topics"],
  more: object = {},
) {
  return transcript.ask(step, OffsetCommitRequest, version, {
    groupId: GROUP,
    generationIdOrMemberEpoch: -1,
    memberId: "",
    topics,
    ...more,
  });
}

export const unusualGroupRequestScenarios: Scenario[] = [
  {
    name: "unusual commits are answered alike",
    async run(transcript) {
      await createTopic(transcript, TOPIC);
      await coordinatorReady(transcript.connection, GROUP);
      const topicId = await topicIdOf(transcript, TOPIC);
      await commit(transcript, "of nothing", 9, []);
      await commit(transcript, "of nothing by a member", 9, [], { memberId: "x", generationIdOrMemberEpoch: 4 });
      await commit(transcript, "of no partitions", 9, [{ name: TOPIC, partitions: [] }]);
      await commit(transcript, "of a partition twice", 9, [
        { name: TOPIC, partitions: [partition(0, 1), partition(0, 2)] },
      ]);
      await commit(transcript, "of a topic twice", 9, [
        { name: TOPIC, partitions: [partition(0, 3)] },
        { name: TOPIC, partitions: [partition(1, 4)] },
      ]);
      await commit(transcript, "of negative offsets", 9, [
        { name: TOPIC, partitions: [partition(0, -1), partition(1, -1000)] },
      ]);
      await commit(transcript, "of the largest offset", 9, [
        { name: TOPIC, partitions: [partition(0, 9_223_372_036_854_775_807n as never)] },
      ]);
      await commit(transcript, "of a negative epoch", 9, [
        { name: TOPIC, partitions: [partition(1, 7, { committedLeaderEpoch: -5 })] },
      ]);
      await commit(transcript, "of missing partitions", 9, [
        { name: TOPIC, partitions: [partition(-1, 1), partition(7, 1), partition(0, 9)] },
      ]);
      await commit(transcript, "of no name", 9, [{ name: "", partitions: [partition(0, 1)] }]);
      await commit(transcript, "of an internal topic", 9, [
        { name: "__consumer_offsets", partitions: [partition(0, 1)] },
      ]);
      await commit(transcript, "of no id", 10, [{ partitions: [partition(0, 1)] }]);
      await commit(transcript, "of an id twice", 10, [
        { topicId, partitions: [partition(0, 5)] },
        { topicId, partitions: [partition(1, 6)] },
        { topicId: UNKNOWN_ID, partitions: [partition(0, 1)] },
      ]);
      for (const version of [8, 9, 10]) {
        const topics = [{ ...(version >= 10 ? { topicId } : { name: TOPIC }), partitions: [partition(0, 5)] }];
        await commit(transcript, "by a member of a missing group", version, topics, {
          groupId: "sbs-unusual-missing",
          memberId: "x",
          generationIdOrMemberEpoch: 0,
        });
        await commit(transcript, "by a member of an empty group", version, topics, {
          memberId: "x",
          generationIdOrMemberEpoch: 0,
        });
        await commit(transcript, "of a static member without a generation", version, topics, { groupInstanceId: "i" });
      }
      for (const retentionTimeMs of [-1, 0, 60_000]) {
        await commit(
          transcript,
          `kept for ${retentionTimeMs} ms`,
          4,
          [{ name: TOPIC, partitions: [partition(0, 5)] }],
          {
            retentionTimeMs,
          },
        );
      }
      await transcript.ask("after all", OffsetFetchRequest, 9, { groups: [{ groupId: GROUP, topics: null }] });
    },
  },
  {
    name: "unusual fetches of offsets are answered alike",
    async run(transcript) {
      await createTopic(transcript, TOPIC);
      await coordinatorReady(transcript.connection, GROUP);
      const topicId = await topicIdOf(transcript, TOPIC);
      await commit(transcript, "commit", 9, [{ name: TOPIC, partitions: [partition(0, 1)] }]);
      for (const version of versionsOf(OffsetFetchRequest)) {
        const names = (...topics: number[][]) =>
          topics.map((partitionIndexes) =>
            version >= 10 ? { topicId, partitionIndexes } : { name: TOPIC, partitionIndexes },
          );
        const fetch = (step: string, groupId: string, topics: object[] | null, more: object = {}) => {
          const group = { groupId, topics };
          const body = version >= 8 ? { groups: [{ ...group, ...more }] } : group;
          return transcript.ask(step, OffsetFetchRequest, version, body as never);
        };
        await fetch("nothing", GROUP, []);
        await fetch("no partitions", GROUP, names([]));
        await fetch("a partition twice", GROUP, names([0, 0, 1]));
        await fetch("a topic twice", GROUP, names([0], [1]));
        await fetch("a negative partition", GROUP, names([-1]));
        await fetch("of no group", "", names([0]));
        await fetch("of a missing group", "sbs-unusual-missing", names([0]));
        if (version >= 2) await fetch("all of a missing group", "sbs-unusual-missing", null);
        if (version < 8) continue;
        await transcript.ask("of no groups", OffsetFetchRequest, version, { groups: [] });
        await transcript.ask("of a group twice", OffsetFetchRequest, version, {
          groups: [
            { groupId: GROUP, topics: names([0]) as never },
            { groupId: GROUP, topics: names([0]) as never },
          ],
        });
        if (version < 9) continue;
        await fetch("by a member that is none", GROUP, names([0]), { memberId: "x", memberEpoch: 3 });
        await fetch("by a member of a missing group", "sbs-unusual-missing", names([0]), {
          memberId: "x",
          memberEpoch: 3,
        });
      }
      for (const version of [7, 9]) {
        const topics = [{ name: TOPIC, partitionIndexes: [0] }];
        await transcript.ask("stable ones", OffsetFetchRequest, version, {
          ...(version < 8 ? { groupId: GROUP, topics } : { groups: [{ groupId: GROUP, topics }] }),
          requireStable: true,
        });
      }
      await transcript.ask("of an unknown id and a known one", OffsetFetchRequest, 10, {
        groups: [
          {
            groupId: GROUP,
            topics: [
              { topicId: UNKNOWN_ID, partitionIndexes: [0, 1] },
              { topicId, partitionIndexes: [0] },
              { partitionIndexes: [0] },
            ],
          },
        ],
      });
    },
  },
  {
    name: "unusual requests about groups are answered alike",
    async run(transcript) {
      await createTopic(transcript, TOPIC);
      await coordinatorReady(transcript.connection, GROUP);
      await coordinatorReady(transcript.connection, "");
      await commit(transcript, "commit", 9, [{ name: TOPIC, partitions: [partition(0, 1)] }]);
      for (const version of versionsOf(DescribeGroupsRequest)) {
        await transcript.ask("twice", DescribeGroupsRequest, version, {
          groups: [GROUP, "", GROUP, "sbs-unusual-missing"],
          includeAuthorizedOperations: version >= 3 ? true : undefined,
        });
      }
      for (const version of versionsOf(ListGroupsRequest)) {
        const list = async (step: string, filter: object) => {
          const { groups, ...rest } = (await transcript.connection.ask(ListGroupsRequest, version, filter)) as {
            groups: { groupId: string }[];
          };
          const own = groups.filter(({ groupId }) => groupId === GROUP);
          transcript.note(`list ${step} (ListGroups v${version})`, { ...rest, groups: own });
        };
        await list("all", {});
        if (version < 4) continue;
        for (const state of ["Empty", "empty", "EMPTY", " Empty ", "Dead", "Unknown", "bogus", "", "Assigning"]) {
          await list(`in state "${state}"`, { statesFilter: [state] });
        }
        if (version < 5) continue;
        for (const type of ["classic", "Classic", "CLASSIC", " classic ", "consumer", "share", "bogus", ""]) {
          await list(`of type "${type}"`, { typesFilter: [type] });
        }
        await list("of both", { statesFilter: ["Stable", "Empty"], typesFilter: ["consumer", "classic"] });
      }
      for (const version of versionsOf(FindCoordinatorRequest)) {
        const find = (step: string, keyType: number, ...keys: string[]) =>
          transcript.ask(
            step,
            FindCoordinatorRequest,
            version,
            version >= 4
              ? { keyType, coordinatorKeys: keys }
              : { key: keys[0] ?? "", keyType: version >= 1 ? keyType : undefined },
          );
        await find("twice", 0, GROUP, GROUP, "");
        await find("of nothing", 0);
        if (version >= 1) await find("coordinator of an unknown kind", 9, GROUP);
      }
      for (const version of versionsOf(LeaveGroupRequest)) {
        const leave = (step: string, groupId: string, ...memberIds: string[]) =>
          transcript.ask(
            step,
            LeaveGroupRequest,
            version,
            version >= 3
              ? { groupId, members: memberIds.map((memberId) => ({ memberId })) }
              : { groupId, memberId: memberIds[0] ?? "" },
          );
        await leave("no group", "", "x");
        await leave("a missing group", "sbs-unusual-missing", "x");
        await leave("a group that is empty", GROUP, "x", "x");
        await leave("by nobody", GROUP);
        await leave("by an empty id", GROUP, "");
      }
      for (const version of versionsOf(HeartbeatRequest)) {
        for (const groupId of ["", "sbs-unusual-missing", GROUP]) {
          await transcript.ask(`in "${groupId}"`, HeartbeatRequest, version, {
            groupId,
            generationId: 0,
            memberId: "x",
            ...(version >= 3 ? { groupInstanceId: "i" } : {}),
          });
        }
      }
      for (const version of versionsOf(SyncGroupRequest)) {
        for (const groupId of ["", "sbs-unusual-missing", GROUP]) {
          await transcript.ask(`in "${groupId}"`, SyncGroupRequest, version, {
            groupId,
            generationId: 0,
            memberId: "x",
            assignments: [],
            ...(version >= 5 ? { protocolType: "consumer", protocolName: "range" } : {}),
          });
        }
      }
      const forget = (step: string, groupId: string, ...topics: [string, ...number[]][]) =>
        transcript.ask(step, OffsetDeleteRequest, 0, {
          groupId,
          topics: topics.map(([name, ...indexes]) => ({
            name,
            partitions: indexes.map((partitionIndex) => ({ partitionIndex })),
          })),
        });
      await forget("forget nothing", GROUP);
      await forget("forget no partitions", GROUP, [TOPIC]);
      await forget("forget no partitions of a missing topic", GROUP, ["sbs-none"]);
      await forget("forget twice", GROUP, [TOPIC, 0, 0, 1]);
      await forget("forget of a topic twice", GROUP, [TOPIC, 0], [TOPIC, 1]);
      await forget("forget missing partitions only", GROUP, [TOPIC, 8, -1]);
      await forget("forget of no group", "", [TOPIC, 0]);
      await forget("forget of a missing group", "sbs-unusual-missing", [TOPIC, 0], ["sbs-none", 0]);
      for (const version of versionsOf(DeleteGroupsRequest)) {
        await commit(transcript, "commit", 9, [{ name: TOPIC, partitions: [partition(0, 1)] }]);
        const remove = (step: string, ...groupsNames: string[]) =>
          transcript.ask(step, DeleteGroupsRequest, version, { groupsNames });
        await remove("nothing");
        await remove("twice", GROUP, GROUP, "sbs-unusual-missing");
        await remove("again", GROUP);
      }
    },
  },
];
