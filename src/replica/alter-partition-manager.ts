import { ErrorCode, errorName } from "../protocol/error-codes.ts";
import type { AlterPartitionRequest, AlterPartitionResponse } from "../protocol/messages/alter-partition.ts";
import type { Input } from "../protocol/schema.ts";
import type { Cancel, Runtime } from "../runtime.ts";
import type { PendingIsrChange } from "./in-sync-replicas.ts";
import type { Partition } from "./partition.ts";

type PartitionRequest = AlterPartitionRequest["topics"][number]["partitions"][number];
type Response = Input<typeof AlterPartitionResponse>;
type PartitionResult = Response["topics"][number]["partitions"][number];

export interface AlterPartitionManagerOptions {
  readonly runtime: Pick<Runtime, "clock" | "log">;
  readonly nodeId: number;
  /** Of this incarnation; -1 while it is not registered. */
  readonly brokerEpoch: () => number;
  /** Of another broker, by the metadata; -1 when it is unknown. */
  readonly brokerEpochOf: (brokerId: number) => number;
  /** To the active controller. Calls back exactly once. */
  readonly alterPartition: (request: AlterPartitionRequest, answered: (response: Response) => void) => void;
}

const MIN_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 1_000;
/** Asked for by one request, so that it does not hold the controller for long; the rest follows with the next one. */
const MAX_PARTITIONS_PER_REQUEST = 1_000;

/**
 * Takes the changes of ISRs that leaders on this broker propose to the controller (KIP-497): one request at a time, with
 * all that has gathered meanwhile.
 */
export class AlterPartitionManager {
  private readonly options: AlterPartitionManagerOptions;
  /** With a change to ask for. */
  private readonly unsent = new Set<Partition>();
  private isInFlight = false;
  private backoffMs = MIN_BACKOFF_MS;
  private cancelRetry: Cancel | undefined = undefined;
  private isClosed = false;

  constructor(options: AlterPartitionManagerOptions) {
    this.options = options;
  }

  /** The partition has a pending change of its ISR. */
  submit(partition: Partition): void {
    this.unsent.add(partition);
    // All that one turn of the loop proposes goes together.
    if (!this.isInFlight && this.cancelRetry === undefined) this.sendSoon(0);
  }

  close(): void {
    this.isClosed = true;
    this.cancelRetry?.();
    this.unsent.clear();
  }

  private sendSoon(delayMs: number): void {
    this.cancelRetry = this.options.runtime.clock.schedule(delayMs, () => {
      this.cancelRetry = undefined;
      this.send();
    });
  }

  private send(): void {
    const inFlight: InFlight[] = [];
    for (const partition of this.unsent) {
      if (inFlight.length >= MAX_PARTITIONS_PER_REQUEST) break;
      this.unsent.delete(partition);
      const change = partition.pendingIsrChange;
      // Overtaken by the metadata.
      if (change !== undefined) inFlight.push({ partition, change });
    }
    if (inFlight.length === 0 || this.isClosed) return;
    this.isInFlight = true;
    this.options.alterPartition(this.requestFor(inFlight), (response) => {
      this.isInFlight = false;
      if (!this.isClosed) this.answered(inFlight, response);
    });
  }

  private requestFor(inFlight: readonly InFlight[]): AlterPartitionRequest {
    const topics = new Map<string, PartitionRequest[]>();
    for (const { partition, change } of inFlight) {
      const partitions = topics.get(partition.topicId) ?? [];
      topics.set(partition.topicId, partitions);
      partitions.push({
        partitionIndex: partition.index,
        leaderEpoch: partition.leaderEpoch,
        newIsr: [],
        newIsrWithEpochs: change.isr.map((brokerId) => ({
          brokerId,
          brokerEpoch: this.brokerEpochOf(partition, brokerId),
        })),
        // Who proposes an ISR leads, and has recovered from whatever there was.
        leaderRecoveryState: 0,
        partitionEpoch: partition.partitionEpoch,
      });
    }
    return {
      brokerId: this.options.nodeId,
      brokerEpoch: this.options.brokerEpoch(),
      topics: [...topics].map(([topicId, partitions]) => ({ topicId, partitions })),
    };
  }

  /** The incarnation that has fetched: a newer one has to catch up itself (KIP-903). */
  private brokerEpochOf(partition: Partition, brokerId: number): number {
    const { nodeId, brokerEpoch, brokerEpochOf } = this.options;
    if (brokerId === nodeId) return brokerEpoch();
    return partition.followers.get(brokerId)?.brokerEpoch ?? brokerEpochOf(brokerId);
  }

  private answered(inFlight: readonly InFlight[], response: Response): void {
    let isRetry = false;
    const retry = (partition: Partition): void => {
      isRetry = true;
      this.unsent.add(partition);
    };
    if (response.errorCode !== ErrorCode.NONE) {
      const { log } = this.options.runtime;
      log.write("warn", `The controller could not change in-sync replicas: ${errorName(response.errorCode)}`);
      for (const { partition } of inFlight) retry(partition);
    } else {
      const results = resultsOf(response);
      for (const { partition, change } of inFlight) {
        const result = results.get(keyOf(partition.topicId, partition.index));
        if (result === undefined || !this.settle(partition, change, result)) retry(partition);
      }
    }
    this.backoffMs = isRetry ? Math.min(2 * this.backoffMs, MAX_BACKOFF_MS) : MIN_BACKOFF_MS;
    if (this.unsent.size > 0) this.sendSoon(isRetry ? this.backoffMs : 0);
  }

  /** False when the controller has to be asked again. */
  private settle(partition: Partition, change: PendingIsrChange, result: PartitionResult): boolean {
    switch (result.errorCode) {
      case ErrorCode.NONE:
        partition.isrChangeDone(change, {
          isr: result.isr,
          leaderEpoch: result.leaderEpoch,
          partitionEpoch: result.partitionEpoch,
        });
        return true;
      case ErrorCode.INELIGIBLE_REPLICA:
        // A member is fenced or was restarted; the metadata will say so, and who is eligible then.
        partition.isrChangeRefused(change);
        return true;
      case ErrorCode.UNKNOWN_TOPIC_ID:
      case ErrorCode.UNKNOWN_TOPIC_OR_PARTITION:
      case ErrorCode.FENCED_LEADER_EPOCH:
      case ErrorCode.INVALID_UPDATE_VERSION:
      case ErrorCode.NEW_LEADER_ELECTED:
      case ErrorCode.INVALID_REQUEST: {
        // The metadata has gone on, and what it became is on its way here. Until then both ISRs may be true.
        const { topic, index } = partition;
        this.options.runtime.log.write(
          "info",
          `The in-sync replicas of ${topic}-${index} were not changed: ${errorName(result.errorCode)}`,
        );
        return true;
      }
      default:
        return false;
    }
  }
}

interface InFlight {
  readonly partition: Partition;
  readonly change: PendingIsrChange;
}

function resultsOf({ topics }: Response): Map<string, PartitionResult> {
  const results = new Map<string, PartitionResult>();
  for (const { topicId, partitions } of topics) {
    for (const result of partitions) results.set(keyOf(topicId, result.partitionIndex), result);
  }
  return results;
}

function keyOf(topicId: string, index: number): string {
  return `${topicId}:${index}`;
}
