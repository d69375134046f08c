import { BrokerError } from "../../src/client/client-error.ts";
import { ClusterClient } from "../../src/client/cluster-client.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { FindCoordinatorRequest, FindCoordinatorResponse } from "../../src/protocol/messages/find-coordinator.ts";
import { OffsetCommitRequest, OffsetCommitResponse } from "../../src/protocol/messages/offset-commit.ts";
import { OffsetFetchRequest, OffsetFetchResponse } from "../../src/protocol/messages/offset-fetch.ts";
import type { SimulatedCluster } from "./simulated-cluster.ts";

const PAUSE_MS = 20;
const OFFSET_FETCH_VERSION = 8;
const OFFSET_COMMIT_VERSION = 9;

/** Commits ever larger offsets of partition 0 of a topic, outside of any membership. */
export class Committer {
  /** The last one that was acknowledged; -1 for none. */
  acknowledged = -1;
  longestPauseMs = 0;
  private readonly cluster: SimulatedCluster;
  private readonly client: ClusterClient;
  private readonly groupId: string;
  private readonly topic: string;
  private isStopped = false;
  private committing: Promise<void> = Promise.resolve();

  constructor(cluster: SimulatedCluster, groupId: string, topic: string) {
    this.cluster = cluster;
    this.groupId = groupId;
    this.topic = topic;
    this.client = new ClusterClient(cluster.clientRuntime(), {
      clientId: "committer",
      connectTimeoutMs: 2_000,
      requestTimeoutMs: 10_000,
      retryTimeoutMs: 120_000,
      bootstrap: cluster.addresses,
    });
  }

  start(): void {
    this.committing = this.commitAll();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.cluster.settled(this.committing);
  }

  coordinatorId(): Promise<number> {
    return this.cluster.settled(this.client.retry(() => this.coordinator()));
  }

  /** As the coordinator tells it now. */
  committed(): Promise<number> {
    return this.cluster.settled(
      this.client.retry(async () => {
        const coordinator = await this.client.broker(await this.coordinator());
        const group = { groupId: this.groupId, topics: [{ name: this.topic, partitionIndexes: [0] }] };
        const body = { groups: [group], requireStable: false };
        const version = { version: OFFSET_FETCH_VERSION };
        const answer = await coordinator.request(OffsetFetchRequest, OffsetFetchResponse, body, version);
        const [fetched] = answer.groups;
        if (fetched!.errorCode !== ErrorCode.NONE) throw new BrokerError(fetched!.errorCode);
        return Number(fetched!.topics[0]!.partitions[0]!.committedOffset);
      }),
    );
  }

  private async commitAll(): Promise<void> {
    const { clock } = this.cluster;
    for (let offset = 0; !this.isStopped; offset++) {
      const startedMs = clock.elapsed();
      await this.client.retry(() => this.commit(offset));
      this.acknowledged = offset;
      // The first one waits until there are coordinators.
      if (offset > 0) this.longestPauseMs = Math.max(this.longestPauseMs, clock.elapsed() - startedMs);
      await this.client.pause(PAUSE_MS);
    }
  }

  private async commit(committedOffset: number): Promise<void> {
    const coordinator = await this.client.broker(await this.coordinator());
    const partitions = [{ partitionIndex: 0, committedOffset, committedMetadata: null }];
    const body = { groupId: this.groupId, memberId: "", topics: [{ name: this.topic, partitions }] };
    const version = { version: OFFSET_COMMIT_VERSION };
    const answer = await coordinator.request(OffsetCommitRequest, OffsetCommitResponse, body, version);
    const { errorCode } = answer.topics[0]!.partitions[0]!;
    if (errorCode !== ErrorCode.NONE) throw new BrokerError(errorCode);
  }

  private async coordinator(): Promise<number> {
    await this.client.topics();
    const body = { keyType: 0, coordinatorKeys: [this.groupId] };
    const answer = await this.client.request(FindCoordinatorRequest, FindCoordinatorResponse, body);
    const [found] = answer.coordinators;
    if (found!.errorCode !== ErrorCode.NONE) throw new BrokerError(found!.errorCode);
    return found!.nodeId;
  }
}
