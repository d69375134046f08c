import { ConfigResourceType } from "../../../src/protocol/config-resource-type.ts";
import { CreateTopicsRequest } from "../../../src/protocol/messages/create-topics.ts";
import { DeleteGroupsRequest } from "../../../src/protocol/messages/delete-groups.ts";
import { DescribeGroupsRequest } from "../../../src/protocol/messages/describe-groups.ts";
import { FindCoordinatorRequest } from "../../../src/protocol/messages/find-coordinator.ts";
import { HeartbeatRequest } from "../../../src/protocol/messages/heartbeat.ts";
import { IncrementalAlterConfigsRequest } from "../../../src/protocol/messages/incremental-alter-configs.ts";
import { JoinGroupRequest, JoinGroupResponse } from "../../../src/protocol/messages/join-group.ts";
import { LeaveGroupRequest } from "../../../src/protocol/messages/leave-group.ts";
import { ListGroupsRequest } from "../../../src/protocol/messages/list-groups.ts";
import { MetadataRequest, MetadataResponse } from "../../../src/protocol/messages/metadata.ts";
import { OffsetCommitRequest } from "../../../src/protocol/messages/offset-commit.ts";
import { OffsetDeleteRequest } from "../../../src/protocol/messages/offset-delete.ts";
import { OffsetFetchRequest } from "../../../src/protocol/messages/offset-fetch.ts";
import { SyncGroupRequest } from "../../../src/protocol/messages/sync-group.ts";
import type { Infer, Input } from "../../../src/protocol/schema.ts";
import { applied } from "./applied.ts";
import { coordinatorReady } from "./coordinator-ready.ts";
import { type Scenario, type Transcript, versionsOf } from "./scenario.ts";

const TOPIC = "sbs-group-topic";

/** Creates the topic and waits for the group's coordinator. */
async function prepare(transcript: Transcript, groupId: string): Promise<string> {
  await transcript.connection.ask(CreateTopicsRequest, 7, {
    topics: [{ name: TOPIC, numPartitions: 2, replicationFactor: 1, assignments: [], configs: [] }],
    timeoutMs: 10_000,
  });
  await coordinatorReady(transcript.connection, groupId);
  const { topics } = await transcript.connection.call(MetadataRequest, MetadataResponse, 12, {
    topics: [{ name: TOPIC }],
  });
  return topics[0]!.topicId;
}

type Join = Infer<typeof JoinGroupResponse>;
const subscription = new Uint8Array([0, 1, 0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0]);

function joinBody(
  groupId: string,
  version: number,
  more: Partial<Input<typeof JoinGroupRequest>> = {},
): Input<typeof JoinGroupRequest> {
  return {
    groupId,
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: version >= 1 ? 2_000 : undefined,
    memberId: "",
    protocolType: "consumer",
    protocols: [{ name: "range", metadata: subscription }],
    ...more,
  };
}

/** Joins as a new member, twice where the broker gives the member id first. */
async function join(
  transcript: Transcript,
  step: string,
  groupId: string,
  version: number,
  more: Partial<Input<typeof JoinGroupRequest>> = {},
): Promise<Join> {
  const first = await transcript.call(
    step,
    JoinGroupRequest,
    JoinGroupResponse,
    version,
    joinBody(groupId, version, more),
  );
  if (first.errorCode !== 79) return first;
  return transcript.call(
    `${step}, with the id`,
    JoinGroupRequest,
    JoinGroupResponse,
    version,
    joinBody(groupId, version, { ...more, memberId: first.memberId }),
  );
}

function commit(
  transcript: Transcript,
  step: string,
  groupId: string,
  topicId: string,
  version: number,
  more: Partial<Input<typeof OffsetCommitRequest>> = {},
  metadata: string | null = "note",
) {
  const topic = (name: string, id: string, partition: number) => ({
    ...(version >= 10 ? { topicId: id } : { name }),
    partitions: [
      {
        partitionIndex: partition,
        committedOffset: 40 + version,
        committedLeaderEpoch: version >= 6 ? 0 : undefined,
        committedMetadata: metadata,
      },
    ],
  });
  return transcript.ask(step, OffsetCommitRequest, version, {
    groupId,
    generationIdOrMemberEpoch: -1,
    memberId: "",
    topics: [topic(TOPIC, topicId, 0), topic("sbs-none", "5L6g3nShT-eMCtK--X86sw", 0)],
    ...more,
  });
}

function fetchOffsets(transcript: Transcript, step: string, groupId: string, topicId: string, version: number) {
  const names = [
    { name: TOPIC, partitionIndexes: [0, 1, 9] },
    { name: "sbs-none", partitionIndexes: [0] },
  ];
  const ids = [
    { topicId, partitionIndexes: [0, 1] },
    { topicId: "5L6g3nShT-eMCtK--X86sw", partitionIndexes: [0] },
  ];
  const body =
    version >= 8 ? { groups: [{ groupId, topics: version >= 10 ? ids : names }] } : { groupId, topics: names };
  return transcript.ask(step, OffsetFetchRequest, version, body);
}

export const groupScenarios: Scenario[] = [
  {
    name: "offsets are committed and fetched alike",
    async run(transcript) {
      const topicId = await prepare(transcript, "sbs-offsets");
      for (const version of versionsOf(OffsetCommitRequest)) {
        await commit(transcript, "commit", "sbs-offsets", topicId, version);
      }
      for (const version of versionsOf(OffsetFetchRequest))
        await fetchOffsets(transcript, "fetch", "sbs-offsets", topicId, version);
      for (const version of [2, 7])
        await transcript.ask("fetch all", OffsetFetchRequest, version, { groupId: "sbs-offsets", topics: null });
      await transcript.ask("fetch all of several", OffsetFetchRequest, 9, {
        groups: [
          { groupId: "sbs-offsets", topics: null },
          { groupId: "sbs-unknown", topics: null },
        ],
      });
      await commit(transcript, "metadata too long", "sbs-offsets", topicId, 8, {}, "x".repeat(5000));
      await commit(transcript, "null metadata", "sbs-offsets", topicId, 8, {}, null);
      await commit(transcript, "as a member of nothing", "sbs-offsets", topicId, 8, {
        memberId: "nobody",
        generationIdOrMemberEpoch: 3,
      });
      await commit(transcript, "to no group", "", topicId, 8);
      await transcript.ask("delete", OffsetDeleteRequest, 0, {
        groupId: "sbs-offsets",
        topics: [
          { name: TOPIC, partitions: [{ partitionIndex: 0 }, { partitionIndex: 9 }] },
          { name: "sbs-none", partitions: [{ partitionIndex: 0 }] },
        ],
      });
      await transcript.ask("delete of a missing group", OffsetDeleteRequest, 0, { groupId: "sbs-missing", topics: [] });
      await fetchOffsets(transcript, "fetch after all", "sbs-offsets", topicId, 7);
    },
  },
  {
    name: "a group of one lives alike",
    async run(transcript) {
      const topicId = await prepare(transcript, "sbs-one");
      for (const version of versionsOf(JoinGroupRequest)) {
        const groupId = `sbs-one-${version}`;
        const { generationId, memberId } = await join(transcript, "join", groupId, version);
        const syncVersion = Math.min(version, 5);
        await transcript.ask("heartbeat before the sync", HeartbeatRequest, Math.min(version, 4), {
          groupId,
          generationId,
          memberId,
        });
        await transcript.ask("sync", SyncGroupRequest, syncVersion, {
          groupId,
          generationId,
          memberId,
          ...(syncVersion >= 5 ? { protocolType: "consumer", protocolName: "range" } : {}),
          assignments: [{ memberId, assignment: new Uint8Array([1, 2, 3]) }],
        });
        await transcript.ask("heartbeat", HeartbeatRequest, Math.min(version, 4), { groupId, generationId, memberId });
        await transcript.ask("heartbeat of an old generation", HeartbeatRequest, 3, {
          groupId,
          generationId: 77,
          memberId,
        });
        await transcript.ask("heartbeat of nobody", HeartbeatRequest, 3, { groupId, generationId, memberId: "nobody" });
        await commit(transcript, "commit", groupId, topicId, 8, { memberId, generationIdOrMemberEpoch: generationId });
        await commit(transcript, "commit of an old generation", groupId, topicId, 8, {
          memberId,
          generationIdOrMemberEpoch: 99,
        });
        for (const describeVersion of [0, 3, 5, 6]) {
          await transcript.ask("describe", DescribeGroupsRequest, describeVersion, {
            groups: [groupId, "sbs-missing"],
          });
        }
        await transcript.ask("delete while it lives", DeleteGroupsRequest, 2, {
          groupsNames: [groupId, "sbs-missing"],
        });
        const leaveVersion = Math.min(version, 5);
        const who = leaveVersion >= 3 ? { members: [{ memberId }, { memberId: "nobody" }] } : { memberId };
        await transcript.ask("leave", LeaveGroupRequest, leaveVersion, { groupId, ...who });
        await transcript.ask("describe the empty group", DescribeGroupsRequest, 5, { groups: [groupId] });
        await transcript.ask("delete", DeleteGroupsRequest, version % 4, { groupsNames: [groupId] });
        await transcript.ask("describe the deleted group", DescribeGroupsRequest, 5, { groups: [groupId] });
      }
      for (const version of versionsOf(ListGroupsRequest)) {
        await transcript.ask("list", ListGroupsRequest, version, version >= 4 ? { statesFilter: ["Stable"] } : {});
      }
    },
  },
  {
    name: "joining is refused alike",
    async run(transcript) {
      await prepare(transcript, "sbs-refuse");
      const attempt = (step: string, more: Partial<Input<typeof JoinGroupRequest>>, groupId = "sbs-refuse") =>
        transcript.ask(step, JoinGroupRequest, 9, joinBody(groupId, 9, more));
      await attempt("no group id", {}, "");
      await attempt("a short session", { sessionTimeoutMs: 1 });
      await attempt("a long session", { sessionTimeoutMs: 100_000_000 });
      await attempt("an unknown member", { memberId: "nobody" });
      await attempt("no protocols", { protocols: [] });
      await attempt("no protocol type", { protocolType: "" });
      await attempt("an unknown static member", { memberId: "nobody", groupInstanceId: "me" });
      const first = await join(transcript, "a static member", "sbs-refuse", 9, { groupInstanceId: "me" });
      await attempt("another protocol type", { protocolType: "connect", groupInstanceId: "you" });
      await attempt("another protocol", {
        protocols: [{ name: "sticky", metadata: subscription }],
        groupInstanceId: "you",
      });
      await attempt("a fenced instance", { memberId: "someone-else", groupInstanceId: "me" });
      await transcript.ask("sync of a fenced instance", SyncGroupRequest, 5, {
        groupId: "sbs-refuse",
        generationId: first.generationId,
        memberId: "x",
        groupInstanceId: "me",
        protocolType: "consumer",
        protocolName: "range",
        assignments: [],
      });
      await transcript.ask("sync with another protocol", SyncGroupRequest, 5, {
        groupId: "sbs-refuse",
        generationId: first.generationId,
        memberId: first.memberId,
        groupInstanceId: "me",
        protocolType: "consumer",
        protocolName: "sticky",
        assignments: [],
      });
      await transcript.ask("sync of another generation", SyncGroupRequest, 5, {
        groupId: "sbs-refuse",
        generationId: 55,
        memberId: first.memberId,
        protocolType: "consumer",
        protocolName: "range",
        assignments: [],
      });
      await transcript.ask("leave by instance", LeaveGroupRequest, 4, {
        groupId: "sbs-refuse",
        members: [
          { memberId: "", groupInstanceId: "me" },
          { memberId: "", groupInstanceId: "nobody" },
        ],
      });
      await transcript.ask("leave a missing group", LeaveGroupRequest, 4, {
        groupId: "sbs-nowhere",
        members: [{ memberId: "a" }],
      });
      await transcript.ask("delete no group", DeleteGroupsRequest, 2, { groupsNames: [""] });
      await transcript.ask("describe nothing", DescribeGroupsRequest, 5, { groups: [] });
      for (const version of versionsOf(FindCoordinatorRequest)) {
        await transcript.ask(
          "coordinator of a group",
          FindCoordinatorRequest,
          version,
          version >= 4
            ? { keyType: 0, coordinatorKeys: ["sbs-refuse", ""] }
            : { key: "sbs-refuse", keyType: version >= 1 ? 0 : undefined },
        );
      }
      await transcript.ask("coordinator of an unknown kind", FindCoordinatorRequest, 4, {
        keyType: 9,
        coordinatorKeys: ["x"],
      });
    },
  },
  {
    name: "what the offsets topic refuses to store is told alike",
    async run(transcript) {
      const groupId = "sbs-unstored";
      await prepare(transcript, groupId);
      // However slow the machine is, nobody leaves but as told.
      const patience = { sessionTimeoutMs: 600_000, rebalanceTimeoutMs: 600_000 };
      const { memberId } = await join(transcript, "a member", groupId, 9, { groupInstanceId: "unstored", ...patience });
      const limitRecords = async (configOperation: number) => {
        await transcript.connection.ask(IncrementalAlterConfigsRequest, 1, {
          resources: [
            {
              resourceType: ConfigResourceType.TOPIC,
              resourceName: "__consumer_offsets",
              configs: [{ name: "max.message.bytes", configOperation, value: configOperation === 0 ? "70" : null }],
            },
          ],
          validateOnly: false,
        });
        await applied(transcript.connection);
      };
      await limitRecords(0);
      await transcript.ask("a commit", OffsetCommitRequest, 8, {
        groupId: "sbs-unstored-offsets",
        generationIdOrMemberEpoch: -1,
        memberId: "",
        topics: [{ name: TOPIC, partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: "m" }] }],
      });
      await transcript.ask("leave", LeaveGroupRequest, 5, { groupId, members: [{ memberId }] });
      await transcript.ask("leave again", LeaveGroupRequest, 5, { groupId, members: [{ memberId }] });
      await transcript.ask("delete", DeleteGroupsRequest, 2, { groupsNames: [groupId] });
      await limitRecords(1);
      await transcript.ask("describe", DescribeGroupsRequest, 5, { groups: [groupId] });
    },
  },
];
