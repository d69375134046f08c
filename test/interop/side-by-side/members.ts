import { DescribeGroupsRequest, DescribeGroupsResponse } from "../../../src/protocol/messages/describe-groups.ts";
import { HeartbeatRequest, HeartbeatResponse } from "../../../src/protocol/messages/heartbeat.ts";
import { JoinGroupRequest, JoinGroupResponse } from "../../../src/protocol/messages/join-group.ts";
import { LeaveGroupRequest } from "../../../src/protocol/messages/leave-group.ts";
import { ListGroupsRequest } from "../../../src/protocol/messages/list-groups.ts";
import { OffsetCommitRequest } from "../../../src/protocol/messages/offset-commit.ts";
import { OffsetDeleteRequest } from "../../../src/protocol/messages/offset-delete.ts";
import { SyncGroupRequest } from "../../../src/protocol/messages/sync-group.ts";
import type { Infer, Input, Message } from "../../../src/protocol/schema.ts";
import type { CodecConnection } from "./codec-connection.ts";
import { coordinatorReady } from "./coordinator-ready.ts";
import { createTopic } from "./record-requests.ts";
import { type Scenario, sleep, type Transcript } from "./scenario.ts";

const TOPIC = "sbs-members-topic";
const REBALANCE_IN_PROGRESS = 27;
/** However slow the machine is, nobody leaves but as told. */
const PATIENT = { sessionTimeoutMs: 600_000, rebalanceTimeoutMs: 600_000 };

type JoinBody = Partial<Input<typeof JoinGroupRequest>>;
type Join = Infer<typeof JoinGroupResponse>;

/** A ConsumerProtocolSubscription of version 0. */
function subscription(...topics: string[]): Uint8Array {
  const names = topics.flatMap((topic) => [0, topic.length, ...Buffer.from(topic)]);
  return new Uint8Array([0, 0, 0, 0, 0, topics.length, ...names, 255, 255, 255, 255]);
}

/** Their ids begin with the names of their clients. */
function byMemberId<T extends { readonly memberId: string }>(members: readonly T[]): T[] {
  return members.toSorted((a, b) => a.memberId.localeCompare(b.memberId));
}

/** A member of a group, with a connection of its own as a client has it. */
class Member {
  readonly name: string;
  readonly group: Group;
  readonly connection: CodecConnection;
  memberId = "";
  generationId = -1;

  constructor(name: string, group: Group, connection: CodecConnection) {
    this.name = name;
    this.group = group;
    this.connection = connection;
  }

  async tell(step: string, request: Message, version: number, value: object): Promise<unknown> {
    const told = this.group.transcript.place(`${this.name}: ${step} (${request.name} v${version})`);
    const answer = await this.connection.ask(request, version, value as never, this.name);
    told(answer);
    return answer;
  }

  /** Joins, and again with the id where the broker gives that first; the answer comes with the rebalance. */
  async join(step: string, version: number, body: JoinBody = {}): Promise<Join> {
    const told = this.group.transcript.place(`${this.name}: ${step} (JoinGroupRequest v${version})`);
    const joining = { ...this.group.joinBody, memberId: this.memberId, ...body };
    if (version === 0) joining.rebalanceTimeoutMs = undefined;
    let join = await this.ask(version, joining);
    if (join.errorCode === 79) join = await this.ask(version, { ...joining, memberId: join.memberId });
    if (join.errorCode === 0) {
      this.memberId = join.memberId;
      this.generationId = join.generationId;
    }
    told({ ...join, members: byMemberId(join.members) });
    return join;
  }

  heartbeat(step: string, more: object = {}) {
    return this.tell(step, HeartbeatRequest, 4, { ...this.identity, ...more });
  }

  sync(step: string, members: readonly Member[], more: object = {}) {
    const assignments = members.map(({ memberId, name }) => ({ memberId, assignment: Buffer.from(name) }));
    const protocol = { protocolType: this.group.joinBody.protocolType, protocolName: "range" };
    return this.tell(step, SyncGroupRequest, 5, { ...this.identity, ...protocol, assignments, ...more });
  }

  commit(step: string, more: object = {}) {
    const { groupId, memberId, generationId } = this.identity;
    return this.tell(step, OffsetCommitRequest, 9, {
      groupId,
      memberId,
      generationIdOrMemberEpoch: generationId,
      topics: [{ name: TOPIC, partitions: [{ partitionIndex: 0, committedOffset: 5, committedMetadata: "" }] }],
      ...more,
    });
  }

  leave(step: string, members: Input<typeof LeaveGroupRequest>["members"]) {
    return this.tell(step, LeaveGroupRequest, 5, { groupId: this.group.groupId, members });
  }

  private get identity() {
    return { groupId: this.group.groupId, memberId: this.memberId, generationId: this.generationId };
  }

  private async ask(version: number, body: object): Promise<Join> {
    return (await this.connection.ask(JoinGroupRequest, version, body as never, this.name)) as Join;
  }
}

class Group {
  readonly groupId: string;
  readonly transcript: Transcript;
  readonly joinBody: JoinBody;
  readonly members: Member[] = [];

  constructor(transcript: Transcript, groupId: string, joinBody: JoinBody = {}) {
    this.transcript = transcript;
    this.groupId = groupId;
    const protocols = [{ name: "range", metadata: subscription(TOPIC) }];
    this.joinBody = { groupId, ...PATIENT, protocolType: "consumer", protocols, ...joinBody };
  }

  async member(name: string): Promise<Member> {
    const member = new Member(name, this, await this.transcript.connection.another());
    this.members.push(member);
    return member;
  }

  /** Resolves when a heartbeat of the member says that a rebalance has begun. */
  async rebalancing(member: Member): Promise<void> {
    for (;;) {
      const { groupId } = this;
      const { memberId, generationId } = member;
      const answer = await member.connection.call(HeartbeatRequest, HeartbeatResponse, 4, {
        groupId,
        memberId,
        generationId,
      });
      if (answer.errorCode === REBALANCE_IN_PROGRESS) return;
      await sleep(10);
    }
  }

  /** Resolves when clients are shown the group: its first member is given an id before that is stored. */
  async stored(): Promise<void> {
    for (;;) {
      const { groups } = await this.transcript.connection.call(DescribeGroupsRequest, DescribeGroupsResponse, 0, {
        groups: [this.groupId],
      });
      if (groups[0]!.groupState !== "Dead") return;
      await sleep(10);
    }
  }

  async show(step: string): Promise<void> {
    const { connection } = this.transcript;
    for (const version of [0, 4, 5, 6]) {
      const described = await connection.call(DescribeGroupsRequest, DescribeGroupsResponse, version, {
        groups: [this.groupId],
        includeAuthorizedOperations: version >= 3,
      });
      const groups = described.groups.map(({ members, ...group }) => ({ ...group, members: byMemberId(members) }));
      this.transcript.note(`${step} (DescribeGroups v${version})`, { ...described, groups });
    }
    for (const state of ["PreparingRebalance", "CompletingRebalance", "Stable", "Empty", "Dead"]) {
      const { groups } = (await connection.ask(ListGroupsRequest, 5, { statesFilter: [state] })) as {
        groups: { groupId: string }[];
      };
      const own = groups.filter(({ groupId }) => groupId === this.groupId);
      this.transcript.note(`${step}, in state ${state} (ListGroups v5)`, own);
    }
  }

  close(): void {
    for (const { connection } of this.members) connection.close();
  }
}

async function withGroup(
  transcript: Transcript,
  groupId: string,
  run: (group: Group) => Promise<void>,
  joinBody?: JoinBody,
): Promise<void> {
  await createTopic(transcript, TOPIC);
  await coordinatorReady(transcript.connection, groupId);
  const group = new Group(transcript, groupId, joinBody);
  try {
    await run(group);
  } finally {
    group.close();
  }
}

const deleteOffset = (group: Group, step: string, ...names: string[]) =>
  group.transcript.ask(step, OffsetDeleteRequest, 0, {
    groupId: group.groupId,
    topics: names.map((name) => ({ name, partitions: [{ partitionIndex: 0 }, { partitionIndex: 1 }] })),
  });

export const memberScenarios: Scenario[] = [
  {
    name: "two members rebalance alike",
    run: (transcript) =>
      withGroup(transcript, "sbs-two", async (group) => {
        const first = await group.member("first");
        const second = await group.member("second");
        await first.join("alone", 9);
        await group.show("one that has not synced");
        await first.commit("before the assignment");
        await first.sync("alone", [first]);
        await group.show("one");
        await first.commit("with an assignment");
        await first.commit("of a generation to come", { generationIdOrMemberEpoch: 2 });
        await first.commit("without a generation", { generationIdOrMemberEpoch: -1 });
        await first.commit("without an id", { memberId: "" });
        await first.commit("with neither", { memberId: "", generationIdOrMemberEpoch: -1 });
        await first.commit("of no instance", { groupInstanceId: "none" });
        await deleteOffset(group, "delete offsets of a topic in use", TOPIC);
        await deleteOffset(group, "delete offsets of a missing topic", "sbs-none");
        const joining = second.join("to the first", 9);
        await group.rebalancing(first);
        await group.show("while members are awaited");
        await first.heartbeat("while members are awaited");
        await first.commit("while members are awaited");
        await first.sync("too late", [first]);
        await Promise.all([first.join("again", 9), joining]);
        await group.show("while the assignment is awaited");
        await first.heartbeat("while the assignment is awaited");
        await first.commit("while the assignment is awaited");
        await first.heartbeat("of the generation before", { generationId: 1 });
        await first.join("a third time, as before", 9);
        const waiting = second.sync("for the leader", [second]);
        await first.sync("for one only", [first]);
        await waiting;
        await group.show("two");
        await second.sync("once more", []);
        await second.join("as before", 9);
        await second.leave("with a wrong instance", [{ memberId: second.memberId, groupInstanceId: "none" }]);
        await second.leave("twice at once", [{ memberId: second.memberId }, { memberId: second.memberId }]);
        await group.rebalancing(first);
        await first.join("left alone", 9);
        await first.sync("left alone", [first]);
        await first.leave("nobody", []);
        await first.leave("at last", [{ memberId: first.memberId, reason: "done" }]);
        await group.show("nobody is left");
        await first.heartbeat("after the end");
        await first.sync("after the end", [first]);
        await first.commit("after the end");
        await first.commit("after the end, without a generation", { generationIdOrMemberEpoch: -1 });
        await deleteOffset(group, "delete offsets of an empty group", TOPIC, "sbs-none");
      }),
  },
  {
    name: "a member that was given its id leaves alike",
    run: (transcript) =>
      withGroup(transcript, "sbs-pending", async (group) => {
        const member = await group.member("pending");
        const { memberId } = await member.connection.call(JoinGroupRequest, JoinGroupResponse, 9, {
          ...group.joinBody,
          memberId: "",
        } as never);
        member.memberId = memberId;
        await group.stored();
        await group.show("with an id");
        await member.heartbeat("with an id");
        await member.sync("with an id", []);
        await member.commit("with an id", { generationIdOrMemberEpoch: 0 });
        await member.leave("with an id", [{ memberId }]);
        await member.leave("with an id, again", [{ memberId }]);
        await group.show("without it");
      }),
  },
  {
    name: "static members come back alike",
    run: async (transcript) => {
      for (const version of [5, 7, 8, 9]) {
        await withGroup(transcript, `sbs-static-${version}`, async (group) => {
          const leader = await group.member("leader");
          const follower = await group.member("follower");
          const asLeader = { groupInstanceId: "leader-instance" };
          const asFollower = { groupInstanceId: "follower-instance" };
          await leader.join("alone", version, asLeader);
          await leader.sync("alone", [leader], asLeader);
          const joining = follower.join("to the leader", version, asFollower);
          await group.rebalancing(leader);
          await Promise.all([leader.join("again", version, asLeader), joining]);
          const waiting = follower.sync("for the leader", [], asFollower);
          await leader.sync("for both", [leader, follower], asLeader);
          await waiting;
          const old = { leader: leader.memberId, follower: follower.memberId };
          leader.memberId = "";
          await leader.join("back", version, asLeader);
          await group.show("the leader is back");
          await leader.heartbeat("of who was fenced", { memberId: old.leader, ...asLeader });
          await leader.heartbeat("of who was fenced, without its instance", { memberId: old.leader });
          await leader.commit("of who was fenced", { memberId: old.leader, ...asLeader });
          await leader.sync("of who was fenced", [], { memberId: old.leader, ...asLeader });
          await leader.leave("fenced", [{ memberId: old.leader, ...asLeader }]);
          await leader.heartbeat("back", asLeader);
          await leader.heartbeat("of an unknown instance", { groupInstanceId: "none" });
          await leader.sync("back", [], asLeader);
          follower.memberId = "";
          const protocols = [{ name: "range", metadata: subscription(TOPIC, "another") }];
          await follower.join("back with other topics", version, { ...asFollower, protocols });
          await follower.sync("back", [], asFollower);
          await group.show("both are back");
          await leader.leave("by instance", [
            { memberId: "", groupInstanceId: "follower-instance" },
            { memberId: "", groupInstanceId: "none" },
            { memberId: old.follower, groupInstanceId: "leader-instance" },
          ]);
          await group.rebalancing(leader);
          await group.show("while the leader is awaited");
          leader.memberId = "";
          await leader.join("back while it is awaited", version, asLeader);
          await leader.sync("alone at last", [leader], asLeader);
          await leader.leave("by instance, the last", [{ memberId: "", ...asLeader }]);
          await group.show("nobody is left");
        });
      }
    },
  },
  {
    name: "a group that is none of consumers lives alike",
    run: (transcript) =>
      withGroup(
        transcript,
        "sbs-connect",
        async (group) => {
          const worker = await group.member("worker");
          await worker.join("alone", 9);
          await deleteOffset(group, "delete offsets while it joins", TOPIC);
          await worker.sync("with a wrong type", [worker], { protocolType: "consumer" });
          await worker.sync("without a type", [worker], { protocolType: null });
          await worker.sync("alone", [worker]);
          await group.show("one");
          await worker.commit("as a worker");
          await deleteOffset(group, "delete offsets of a group in use", TOPIC);
          await worker.leave("at last", [{ memberId: worker.memberId }]);
          await deleteOffset(group, "delete offsets of an empty group", TOPIC);
          await group.show("nobody is left");
          const consumer = await group.member("consumer");
          const join = await consumer.join("to what was another's", 9, { protocolType: "consumer" });
          await consumer.leave("as it came", [{ memberId: join.memberId }]);
        },
        { protocolType: "connect" },
      ),
  },
];
