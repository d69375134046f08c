import { isRefusal } from "../log/storage-guard.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import type { Partition } from "../replica/partition.ts";
import type { LeadershipListener } from "../replica/replica-assignment.ts";
import type { AppendResult, CoordinatorPartition } from "./coordinator.ts";

/** A coordinator waits for the high watermark itself, and with its own timeout. */
const ACKS_LEADER = 1;

/** A partition of a coordinator's topic, as its driver sees it. */
export class ReplicaCoordinatorPartition implements CoordinatorPartition {
  readonly leaderEpoch: number;
  readonly #partition: Partition;

  constructor(partition: Partition) {
    this.#partition = partition;
    this.leaderEpoch = partition.leaderEpoch;
  }

  get logStartOffset(): number {
    return this.#partition.log?.logStartOffset ?? -1;
  }

  get logEndOffset(): number {
    return this.#partition.log?.logEndOffset ?? -1;
  }

  get highWatermark(): number {
    return this.#partition.highWatermark;
  }

  get maxBatchBytes(): number {
    return this.#partition.log?.config["max.message.bytes"] ?? 0;
  }

  append(batch: Uint8Array, transactionVersion = 0): AppendResult {
    // If another broker leads by now, this coordinator is about to be told.
    if (this.#partition.leaderEpoch !== this.leaderEpoch) return { errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER };
    const { errorCode } = this.#partition.appendRecordsToLeader(batch, ACKS_LEADER, {
      origin: "coordinator",
      transactionVersion,
    });
    return { errorCode };
  }

  whenCommitted(endOffset: number, callback: (errorCode: number) => void): void {
    const partition = this.#partition;
    const known = partition.commitResult(endOffset);
    if (known !== undefined) callback(withoutIsrCheck(known));
    else {
      partition.waiters.committed.add({
        requiredOffset: endOffset,
        settled: (errorCode) => callback(withoutIsrCheck(errorCode)),
      });
    }
  }

  read(offset: number, maxBytes: number): Uint8Array | undefined {
    const { log } = this.#partition;
    if (log === null) throw new Error("the partition has no log");
    const options = { upToOffset: log.logEndOffset, minOneMessage: true, isPatient: true };
    const { errorCode, records } = log.read(offset, maxBytes, options);
    if (errorCode === ErrorCode.KAFKA_STORAGE_ERROR && log.failure === undefined) return undefined;
    if (errorCode !== ErrorCode.NONE) throw new Error(`reading at offset ${offset} failed with error ${errorCode}`);
    if (records === null) return new Uint8Array(0);
    const bytes = new Uint8Array(records.length);
    try {
      return bytes.subarray(0, records.file.read(bytes, records.position));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return undefined;
    }
  }
}

/** Tells a coordinator which partitions of its topic this broker leads. */
export function coordinatorLeadership(topic: string, coordinator: CoordinatorLeadership): LeadershipListener {
  const resign = (partition: Partition): void => {
    if (partition.topic === topic) coordinator.resigned(partition.index);
  };
  return {
    becameLeader: (partition) => {
      if (partition.topic === topic) coordinator.elected(partition.index, new ReplicaCoordinatorPartition(partition));
    },
    becameFollower: resign,
    stopped: resign,
  };
}

export interface CoordinatorLeadership {
  elected(index: number, partition: CoordinatorPartition): void;
  resigned(index: number): void;
}

/** With too few replicas in sync the records are committed all the same: only acks=all is refused then. */
function withoutIsrCheck(errorCode: number): number {
  return errorCode === ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND ? ErrorCode.NONE : errorCode;
}
