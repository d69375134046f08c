import { partitionFor } from "../../../../src/coordinator/partition-for.ts";
import { AlterPartitionReassignmentsRequest } from "../../../../src/protocol/messages/alter-partition-reassignments.ts";
import { DeleteGroupsRequest } from "../../../../src/protocol/messages/delete-groups.ts";
import { DescribeGroupsRequest } from "../../../../src/protocol/messages/describe-groups.ts";
import { ElectLeadersRequest } from "../../../../src/protocol/messages/elect-leaders.ts";
import { FindCoordinatorRequest } from "../../../../src/protocol/messages/find-coordinator.ts";
import { HeartbeatRequest, HeartbeatResponse } from "../../../../src/protocol/messages/heartbeat.ts";
import { JoinGroupRequest, type JoinGroupResponse } from "../../../../src/protocol/messages/join-group.ts";
import { LeaveGroupRequest } from "../../../../src/protocol/messages/leave-group.ts";
import { ListGroupsRequest } from "../../../../src/protocol/messages/list-groups.ts";
import { OffsetCommitRequest } from "../../../../src/protocol/messages/offset-commit.ts";
import { OffsetDeleteRequest } from "../../../../src/protocol/messages/offset-delete.ts";
import { OffsetFetchRequest } from "../../../../src/protocol/messages/offset-fetch.ts";
import { SyncGroupRequest } from "../../../../src/protocol/messages/sync-group.ts";
import type { Message } from "../../../../src/protocol/schema.ts";
import { eventually } from "../../../clients/cluster/quorum.ts";
import { atVersion } from "../../../every-version/at-version.ts";
import { GROUP, sampleRequests } from "../../../every-version/sample-requests.ts";
import { coordinatorReady } from "../coordinator-ready.ts";
import { sleep, versionsOf } from "../scenario.ts";
import type { ClusterScenario, ClusterTranscript } from "./cluster-transcript.ts";

export const OFFSETS_TOPIC = "__consumer_offsets";
/** By their partition: each broker leads two of them. */
export const OFFSETS_REPLICAS = [
  [1, 2, 3],
  [2, 3, 1],
  [3, 1, 2],
  [1, 3, 2],
  [2, 1, 3],
  [3, 2, 1],
];
const TOPIC = "sbs-coordinated";
const MOVING_TOPIC = "sbs-moving";
const BROKERS = [1, 2, 3];
const ELECTION_NOT_NEEDED = 84;
/** However slow the machine is, nobody leaves but as told. */
const PATIENT = { sessionTimeoutMs: 600_000, rebalanceTimeoutMs: 600_000 };
/** A ConsumerProtocolSubscription of version 0, of no topics. */
const SUBSCRIPTION = new Uint8Array([0, 0, 0, 0, 0, 0, 255, 255, 255, 255]);

/** A group that this partition of the offsets topic keeps. */
function groupIn(partition: number, name: string): string {
  for (let index = 0; ; index++) {
    const groupId = `${name}-${index}`;
    if (partitionFor(groupId, OFFSETS_REPLICAS.length) === partition) return groupId;
  }
}

const requests: readonly Message[] = [
  JoinGroupRequest,
  SyncGroupRequest,
  HeartbeatRequest,
  LeaveGroupRequest,
  OffsetCommitRequest,
  OffsetFetchRequest,
  OffsetDeleteRequest,
  DescribeGroupsRequest,
  DeleteGroupsRequest,
];

/** The sample of every-version, of another group. */
function ofGroup(groupId: string, topicId: string, request: Message, version: number): object {
  const samples = sampleRequests({ topicId, logDir: "", records: new Uint8Array(0) }, version);
  const sample = { ...samples[request.name.replace(/Request$/, "")] } as Record<string, unknown>;
  if ("groupId" in sample) sample.groupId = groupId;
  if ("groups" in sample) {
    const groups = sample.groups as unknown[];
    sample.groups =
      typeof groups[0] === "string" ? [groupId] : groups.map((each) => ({ ...(each as object), groupId }));
  }
  if ("groupsNames" in sample) sample.groupsNames = [groupId];
  return atVersion(request, version, sample);
}

class MovingGroup {
  readonly groupId: string;
  private readonly transcript: ClusterTranscript;
  private readonly partition: number;

  constructor(transcript: ClusterTranscript, partition: number, name: string) {
    this.transcript = transcript;
    this.partition = partition;
    this.groupId = groupIn(partition, name);
  }

  /** Lets this broker coordinate the group, and waits until it does and the others know it. */
  async moveTo(id: number): Promise<void> {
    const { connection } = this.transcript.at(1);
    const others = BROKERS.filter((other) => other !== id);
    await connection.ask(AlterPartitionReassignmentsRequest, 1, {
      timeoutMs: 10_000,
      topics: [{ name: OFFSETS_TOPIC, partitions: [{ partitionIndex: this.partition, replicas: [id, ...others] }] }],
    });
    for (;;) {
      const answer = (await connection.ask(ElectLeadersRequest, 2, {
        electionType: 0,
        topicPartitions: [{ topic: OFFSETS_TOPIC, partitions: [this.partition] }],
        timeoutMs: 10_000,
      })) as { replicaElectionResults: { partitionResult: { errorCode: number }[] }[] };
      const { errorCode } = answer.replicaElectionResults[0]!.partitionResult[0]!;
      if (errorCode === 0 || errorCode === ELECTION_NOT_NEEDED) break;
      await sleep(100);
    }
    await this.transcript.applied();
    await this.readyAt(id);
  }

  async readyAt(id: number): Promise<void> {
    await coordinatorReady(this.transcript.at(id).connection, this.groupId);
  }

  async show(step: string): Promise<void> {
    for (const id of BROKERS) {
      const broker = this.transcript.at(id);
      await broker.ask(`${step}: found at ${id}`, FindCoordinatorRequest, 4, { coordinatorKeys: [this.groupId] });
      await broker.ask(`${step}: at ${id}`, DescribeGroupsRequest, 6, { groups: [this.groupId] });
      await broker.ask(`${step}: offsets at ${id}`, OffsetFetchRequest, 9, {
        groups: [{ groupId: this.groupId, topics: null }],
      });
      const { groups } = (await broker.connection.ask(ListGroupsRequest, 5, {})) as { groups: { groupId: string }[] };
      this.transcript.note(
        `${step}: listed at ${id}`,
        groups.filter(({ groupId }) => groupId === this.groupId),
      );
    }
  }

  /** As a new member, through a connection of its own. */
  async join(id: number, name: string, memberId = ""): Promise<JoinGroupResponse> {
    const connection = await this.transcript.at(id).connection.another();
    try {
      const body = {
        groupId: this.groupId,
        ...PATIENT,
        memberId,
        protocolType: "consumer",
        protocols: [{ name: "range", metadata: SUBSCRIPTION }],
      };
      const ask = (more: object) =>
        connection.ask(JoinGroupRequest, 9, { ...body, ...more }, name) as Promise<JoinGroupResponse>;
      const answer = await ask({});
      return answer.errorCode === 79 ? await ask({ memberId: answer.memberId }) : answer;
    } finally {
      connection.close();
    }
  }

  sync(id: number, step: string, { memberId, generationId }: JoinGroupResponse, assigned: readonly string[]) {
    return this.transcript.at(id).ask(`${step} at ${id}`, SyncGroupRequest, 5, {
      groupId: this.groupId,
      memberId,
      generationId,
      protocolType: "consumer",
      protocolName: "range",
      assignments: assigned.map((each) => ({ memberId: each, assignment: new Uint8Array([7]) })),
    });
  }

  heartbeat(id: number, step: string, { memberId, generationId }: JoinGroupResponse) {
    return this.transcript.at(id).ask(`${step} at ${id}`, HeartbeatRequest, 4, {
      groupId: this.groupId,
      memberId,
      generationId,
    });
  }

  commit(id: number, step: string, { memberId, generationId }: JoinGroupResponse, committedOffset: number) {
    return this.transcript.at(id).ask(`${step} at ${id}`, OffsetCommitRequest, 9, {
      groupId: this.groupId,
      memberId,
      generationIdOrMemberEpoch: generationId,
      topics: [{ name: MOVING_TOPIC, partitions: [{ partitionIndex: 0, committedOffset, committedMetadata: "" }] }],
    });
  }

  leave(id: number, step: string, { memberId }: JoinGroupResponse) {
    return this.transcript.at(id).ask(`${step} at ${id}`, LeaveGroupRequest, 5, {
      groupId: this.groupId,
      members: [{ memberId }],
    });
  }

  /** Resolves when a heartbeat of the member says that a rebalance has begun, or that something is wrong. */
  async rebalancing(id: number, { memberId, generationId }: JoinGroupResponse): Promise<void> {
    const { groupId } = this;
    const look = async () => {
      const body = { groupId, memberId, generationId };
      const heartbeat = await this.transcript.at(id).connection.call(HeartbeatRequest, HeartbeatResponse, 4, body);
      return heartbeat.errorCode || undefined;
    };
    this.transcript.note(`told at ${id}`, await eventually(look, () => `a rebalance of ${groupId}`, 20_000));
  }
}

export const coordinatorScenarios: ClusterScenario[] = [
  {
    name: "who does not coordinate a group refuses alike",
    async run(transcript) {
      await transcript.createTopic(TOPIC, [[1, 2]]);
      const topicId = await transcript.topicId(TOPIC);
      const groupId = groupIn(0, GROUP);
      await coordinatorReady(transcript.at(1).connection, groupId);
      for (const id of BROKERS) {
        const broker = transcript.at(id);
        for (const version of versionsOf(FindCoordinatorRequest)) {
          const keys = version < 4 ? { key: groupId } : { coordinatorKeys: [groupId, groupIn(1, GROUP)] };
          await broker.ask(`found at ${id}`, FindCoordinatorRequest, version, keys);
        }
        if (id === 1) continue;
        for (const request of requests) {
          for (const version of versionsOf(request)) {
            await broker.ask(`at ${id}`, request, version, ofGroup(groupId, topicId, request, version) as never);
          }
        }
      }
    },
  },
  {
    name: "a group moves with its coordinator alike",
    async run(transcript) {
      await transcript.createTopic(MOVING_TOPIC, [[1, 2]]);
      const group = new MovingGroup(transcript, 3, "sbs-moving");
      await group.moveTo(1);
      const first = await group.join(1, "first");
      await group.sync(1, "alone", first, [first.memberId]);
      await group.commit(1, "five", first, 5);
      await group.show("before");
      const joining = group.join(1, "second");
      await group.rebalancing(1, first);
      await group.moveTo(2);
      const refused = await joining;
      transcript.note("the one that joined while it moved", { ...refused, memberId: refused.memberId !== "" });
      await group.show("moved");
      await group.heartbeat(1, "the first", first);
      await group.heartbeat(2, "the first", first);
      await group.commit(1, "six", first, 6);
      await group.commit(2, "six", first, 6);
      await group.sync(2, "once more", first, []);
      await group.heartbeat(2, "the second", refused);
      transcript.note("the second with its id", await group.join(2, "second", refused.memberId));
      const again = group.join(2, "second");
      await group.rebalancing(2, first);
      const [firstAgain, second] = await Promise.all([group.join(2, "first", first.memberId), again]);
      transcript.note("both", { ...firstAgain, members: firstAgain.members.length });
      const waiting = group.sync(2, "for the leader", second, []);
      await group.moveTo(3);
      await waiting;
      await group.show("moved within a rebalance");
      await group.heartbeat(3, "the first", firstAgain);
      await group.heartbeat(3, "the second", second);
      await group.heartbeat(3, "the first, of the generation before", first);
      await group.commit(3, "seven", firstAgain, 7);
      await group.leave(3, "the first", firstAgain);
      await group.show("left");
      await group.moveTo(1);
      await group.show("home");
      await transcript.at(1).ask("deleted", DeleteGroupsRequest, 3, { groupsNames: [group.groupId] });
      await group.moveTo(2);
      await group.show("deleted");
    },
  },
];
