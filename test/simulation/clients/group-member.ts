import type { ClientConnection } from "../../../src/client/client-connection.ts";
import { BrokerError } from "../../../src/client/client-error.ts";
import type { TopicMetadata } from "../../../src/client/cluster-client.ts";
import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import { HeartbeatRequest, HeartbeatResponse } from "../../../src/protocol/messages/heartbeat.ts";
import { JoinGroupRequest, JoinGroupResponse } from "../../../src/protocol/messages/join-group.ts";
import { LeaveGroupRequest, LeaveGroupResponse } from "../../../src/protocol/messages/leave-group.ts";
import { SyncGroupRequest, SyncGroupResponse } from "../../../src/protocol/messages/sync-group.ts";
import { GroupOffsets, type SharedGroup } from "./group-offsets.ts";
import { checkDamage, fetchPartition } from "./partition-fetch.ts";
import { SimulationClient, type SimulationClientOptions } from "./simulation-client.ts";

export interface GroupMemberOptions extends SimulationClientOptions {
  readonly topic: string;
  readonly group: SharedGroup;
  /** How many turns it stays, at most, before it leaves, or stops without a word, and comes back. */
  readonly maxTurns: number;
}

const SESSION_TIMEOUT_MS = 6_000;
const REBALANCE_TIMEOUT_MS = 4_000;
const JOIN_TIMEOUT_MS = 12_000;
const FETCH_WAIT_MS = 200;
const TURN_MS = 4_000;
const PROTOCOL = "round-robin";

/** As which member of which generation something is asked. */
interface Membership {
  readonly coordinator: ClientConnection;
  readonly memberId: string;
  readonly generationId: number;
}

/** Reads its share of a topic as a member of a classic group, and commits what it has read; leaves now and then. */
export class GroupMember extends SimulationClient {
  generations = 0;
  #memberId = "";
  readonly #options: GroupMemberOptions;
  readonly #offsets: GroupOffsets;

  constructor(options: GroupMemberOptions) {
    super(options);
    this.#options = options;
    this.#offsets = new GroupOffsets({
      client: this.client,
      saw: this.saw,
      topic: options.topic,
      group: options.group,
    });
  }

  protected async run(): Promise<void> {
    while (!this.isStopped) {
      await this.persist(this.#options.topic, async (topic) => {
        try {
          await this.#live(topic);
        } catch (error) {
          if (!this.#isOver(error)) throw error;
        }
      });
    }
  }

  /** One generation, or the rest of one. */
  async #live(topic: TopicMetadata): Promise<void> {
    const { random } = this.process;
    const coordinator = await this.client.broker(await this.#offsets.coordinator());
    const { membership, partitions } = await this.#join(coordinator, topic);
    this.generations++;
    const positions = new Map<number, number>();
    for (const partition of partitions) positions.set(partition, await this.#offsets.committed(coordinator, partition));
    for (let turns = 1 + random.integer(this.#options.maxTurns); turns > 0 && !this.isStopped; turns--) {
      for (const [partition, position] of positions) {
        const next = await this.#read(topic, partition, position);
        if (next > position) await this.#offsets.commit(coordinator, membership, partition, next);
        positions.set(partition, next);
      }
      await this.#heartbeat(membership);
      await this.client.pause(random.integer(TURN_MS));
    }
    const leavesWithoutAWord = random.integer(2) === 0 && !this.isStopped;
    if (!leavesWithoutAWord) await this.#leave(membership);
    this.#memberId = "";
  }

  async #join(coordinator: ClientConnection, topic: TopicMetadata) {
    const { group } = this.#options;
    const body = {
      groupId: group.id,
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      rebalanceTimeoutMs: REBALANCE_TIMEOUT_MS,
      memberId: this.#memberId,
      protocolType: "simulation",
      protocols: [{ name: PROTOCOL, metadata: new Uint8Array(0) }],
    };
    const options = { timeoutMs: JOIN_TIMEOUT_MS };
    const joined = await coordinator.request(JoinGroupRequest, JoinGroupResponse, body, options);
    if (joined.errorCode === ErrorCode.MEMBER_ID_REQUIRED) this.#memberId = joined.memberId;
    check(joined.errorCode);
    const { generationId, memberId } = joined;
    this.#memberId = memberId;
    const count = topic.partitions.length;
    const assignments = joined.leader === memberId ? assign(joined.members, count) : [];
    const sync = { groupId: group.id, generationId, memberId, protocolType: "simulation", protocolName: PROTOCOL };
    const synced = await coordinator.request(SyncGroupRequest, SyncGroupResponse, { ...sync, assignments }, options);
    check(synced.errorCode);
    const partitions = [...synced.assignment];
    this.saw({ type: "assigned", group: group.id, generationId, memberId, partitions });
    return { membership: { coordinator, memberId, generationId }, partitions };
  }

  /** Answers the next position. */
  async #read(topic: TopicMetadata, partition: number, position: number): Promise<number> {
    const fetch = {
      reader: this.name,
      group: this.#options.group.id,
      topic,
      partition,
      position,
      maxWaitMs: FETCH_WAIT_MS,
    };
    const fetched = await fetchPartition(this.client, this.process, fetch);
    this.saw(fetched);
    if (fetched.records.length === 0) checkDamage(fetched);
    return position + fetched.records.length;
  }

  async #heartbeat({ coordinator, memberId, generationId }: Membership): Promise<void> {
    const body = { groupId: this.#options.group.id, generationId, memberId };
    check((await coordinator.request(HeartbeatRequest, HeartbeatResponse, body)).errorCode);
  }

  async #leave({ coordinator, memberId }: Membership): Promise<void> {
    const body = { groupId: this.#options.group.id, members: [{ memberId }] };
    check((await coordinator.request(LeaveGroupRequest, LeaveGroupResponse, body)).errorCode);
  }

  /** The generation, or the membership, has ended: it joins again. */
  #isOver(error: unknown): boolean {
    if (!(error instanceof BrokerError)) return false;
    this.lastError = error;
    switch (error.errorCode) {
      case ErrorCode.UNKNOWN_MEMBER_ID:
        this.#memberId = "";
        return true;
      case ErrorCode.MEMBER_ID_REQUIRED:
      case ErrorCode.ILLEGAL_GENERATION:
      case ErrorCode.REBALANCE_IN_PROGRESS:
        return true;
      default:
        return false;
    }
  }
}

function check(errorCode: number): void {
  if (errorCode !== ErrorCode.NONE) throw new BrokerError(errorCode);
}

/** Each partition is a byte of its member's assignment. */
function assign(members: readonly { memberId: string }[], partitions: number) {
  return members.map(({ memberId }, place) => {
    const own = Array.from({ length: partitions }, (_, index) => index);
    return { memberId, assignment: Uint8Array.from(own.filter((index) => index % members.length === place)) };
  });
}
