import { DescribeQuorumRequest, DescribeQuorumResponse } from "../../../src/protocol/messages/describe-quorum.ts";
import type { ClusterNode } from "./cluster-node.ts";
import type { ClusterUnderTest } from "./cluster-under-test.ts";

export type Quorum = DescribeQuorumResponse["topics"][number]["partitions"][number];

interface ExpectedLeader {
  readonly afterEpoch?: number;
  readonly voters?: readonly number[];
  /** Who is not asked: it would not answer. */
  readonly without?: number;
}

/** What the leader of a cluster's controllers tells of them. */
export class QuorumUnderTest {
  private readonly cluster: ClusterUnderTest;

  constructor(cluster: ClusterUnderTest) {
    this.cluster = cluster;
  }

  /** Waits for a leader, as it is expected. */
  async leader({ afterEpoch = -1, voters, without }: ExpectedLeader = {}): Promise<Quorum> {
    const isThere = (quorum: Quorum) => {
      const isExpected = voters === undefined || String(idsOf(quorum.currentVoters)) === String(voters);
      return isExpected && quorum.leaderEpoch > afterEpoch;
    };
    return this.until("a leader", isThere, without);
  }

  /** Waits until each voter has all that was committed when the leader is asked. */
  async caughtUp(): Promise<Quorum> {
    return this.until("voters that have caught up", ({ highWatermark, currentVoters }) => {
      return highWatermark > 0 && currentVoters.every(({ logEndOffset }) => logEndOffset >= highWatermark);
    });
  }

  /**
   * Lets this one of three lead. The third misses records, so that it cannot win when the leader stops; all of them are up
   * and caught up at the end.
   */
  async letLead(id: number): Promise<void> {
    const { leaderId, leaderEpoch } = await this.caughtUp();
    if (leaderId === id) return;
    const third = this.cluster.controllers.find((node) => node.id !== id && node.id !== leaderId)!;
    await third.stop();
    const { highWatermark } = await this.leader();
    // Idle controllers write a record every half second.
    await this.until("records without the third", (quorum) => quorum.highWatermark > highWatermark);
    await this.cluster.node(leaderId).stop();
    await third.start();
    const elected = await this.leader({ afterEpoch: leaderEpoch });
    await this.cluster.node(leaderId).start();
    if (elected.leaderId !== id) throw new Error(`Node ${elected.leaderId} leads in place of ${id}`);
    await this.caughtUp();
  }

  private async until(what: string, isThere: (quorum: Quorum) => boolean, without?: number): Promise<Quorum> {
    let last: Quorum | undefined;
    const look = async () => {
      last = await this.describe(without);
      return last !== undefined && isThere(last) ? last : undefined;
    };
    return eventually(look, () => `${what}: ${JSON.stringify(last)}`);
  }

  /** Undefined when none of the controllers leads. */
  private async describe(without: number | undefined): Promise<Quorum | undefined> {
    for (const node of this.cluster.controllers) {
      if (node.id === without) continue;
      const quorum = await described(node);
      if (quorum?.errorCode === 0) return quorum;
    }
    return undefined;
  }
}

async function described(node: ClusterNode): Promise<Quorum | undefined> {
  const body = { topics: [{ topicName: "__cluster_metadata", partitions: [{ partitionIndex: 0 }] }] };
  try {
    const answer = await node.ask(DescribeQuorumRequest, DescribeQuorumResponse, body, { toController: true });
    return answer.topics[0]?.partitions[0];
  } catch {
    // It is down, which is what the next one is asked for.
    return undefined;
  }
}

export function idsOf(replicas: readonly { readonly replicaId: number }[]): number[] {
  return replicas.map(({ replicaId }) => replicaId).sort((a, b) => a - b);
}

const LOOK_INTERVAL_MS = 100;

/** Repeats a look until it finds something. The limit is what a busy machine may take, not what is expected. */
export async function eventually<T>(
  look: () => Promise<T | undefined>,
  what: () => string,
  limitMs = 120_000,
): Promise<T> {
  const endMs = performance.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > endMs) throw new Error(`There was not, within ${limitMs} ms, ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL_MS));
  }
}
