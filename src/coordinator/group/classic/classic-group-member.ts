import type { JoinGroupReply, SyncGroupReply } from "./classic-replies.ts";

export const EMPTY_ASSIGNMENT = new Uint8Array(0);

/** One of the protocols (assignors) a member can work with, the one it likes best first. */
export interface MemberProtocol {
  readonly name: string;
  /** The member's subscription, in a form only clients need to understand. */
  readonly metadata: Uint8Array;
}

/** A member of a classic group: what it said when it joined, and the request of its that waits for an answer. */
export class ClassicGroupMember {
  readonly memberId: string;
  /** A static member (KIP-345) keeps its place under this id across restarts. */
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly protocolType: string;
  rebalanceTimeoutMs: number;
  sessionTimeoutMs: number;
  protocols: readonly MemberProtocol[];
  assignment: Uint8Array = EMPTY_ASSIGNMENT;
  awaitingJoin: JoinGroupReply | undefined = undefined;
  awaitingSync: SyncGroupReply | undefined = undefined;
  /** True until the first rebalance with this member completes: its client cannot send heartbeats before that. */
  isNew = false;

  constructor(description: MemberDescription) {
    this.memberId = description.memberId;
    this.groupInstanceId = description.groupInstanceId;
    this.clientId = description.clientId;
    this.clientHost = description.clientHost;
    this.protocolType = description.protocolType;
    this.rebalanceTimeoutMs = description.rebalanceTimeoutMs;
    this.sessionTimeoutMs = description.sessionTimeoutMs;
    this.protocols = description.protocols;
  }

  get isStatic(): boolean {
    return this.groupInstanceId !== null;
  }

  get isAwaitingJoin(): boolean {
    return this.awaitingJoin !== undefined;
  }

  get isAwaitingSync(): boolean {
    return this.awaitingSync !== undefined;
  }

  /** A member that waits for the coordinator is alive by definition, unless it is new: then it may be gone for good. */
  get hasSatisfiedHeartbeat(): boolean {
    return !this.isNew && (this.isAwaitingJoin || this.isAwaitingSync);
  }

  metadata(protocolName: string): Uint8Array {
    const protocol = this.protocols.find(({ name }) => name === protocolName);
    if (protocol === undefined) throw new Error(`Member ${this.memberId} does not support protocol ${protocolName}`);
    return protocol.metadata;
  }

  /** The same protocols in the same order with the same metadata. */
  matches(protocols: readonly MemberProtocol[]): boolean {
    return (
      protocols.length === this.protocols.length &&
      protocols.every(({ name, metadata }, index) => {
        const own = this.protocols[index]!;
        return own.name === name && equalBytes(own.metadata, metadata);
      })
    );
  }

  /** The candidate this member likes best. */
  vote(candidates: ReadonlySet<string>): string {
    const choice = this.protocols.find(({ name }) => candidates.has(name));
    if (choice === undefined) throw new Error(`Member ${this.memberId} supports none of the candidate protocols`);
    return choice.name;
  }
}

export interface MemberDescription {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  /** As Kafka writes it: a slash and the address. */
  readonly clientHost: string;
  readonly protocolType: string;
  readonly rebalanceTimeoutMs: number;
  readonly sessionTimeoutMs: number;
  readonly protocols: readonly MemberProtocol[];
}

function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
