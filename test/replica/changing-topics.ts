import type { SeededRandom } from "../../adapters/simulator/index.ts";
import { buildEndTransactionMarker } from "../../src/record/control-record.ts";
import type { Partition } from "../../src/replica/partition.ts";
import { NODE_ID, type TestBroker } from "../api/test-broker.ts";

const OTHER_ID = 2;
const EPOCH_OF_OTHER = 200;

/** Topics of one partition to which everything happens that a consumer could notice. */
export class ChangingTopics {
  readonly names: readonly string[] = ["a", "b", "c", "d", "e", "f"];
  /** How often topics have been created or deleted. */
  creations = 0;
  private readonly broker: TestBroker;
  private readonly random: SeededRandom;
  private readonly openTransactions = new Map<string, number>();
  private nextProducerId = 1;

  constructor(broker: TestBroker, random: SeededRandom) {
    this.broker = broker;
    this.random = random;
    for (const name of this.names.slice(1)) this.create(name);
  }

  partition(name: string): Partition | undefined {
    return this.broker.replicas.partition(name, 0);
  }

  step(): void {
    const name = this.names[this.random.integer(this.names.length)]!;
    const partition = this.partition(name);
    if (partition === undefined) {
      if (this.random.integer(4) === 0) this.create(name);
    } else if (this.random.integer(40) === 0) this.delete(name);
    else if (this.random.integer(60) === 0 && partition.log !== null) {
      this.broker.replicas.handleLogDirFailure([partition.log]);
    } else if (partition.replicas.length > 1 && this.random.integer(12) === 0) {
      this.broker.changePartition(name, { leader: partition.isLeader ? OTHER_ID : NODE_ID });
    } else if (partition.replicas.length > 1 && this.random.integer(60) === 0) {
      // A reassignment, until the topic is created anew.
      this.creations++;
      this.broker.changePartition(name, { replicas: [OTHER_ID], isr: [OTHER_ID], leader: OTHER_ID });
    } else if (partition.log === null) return;
    else if (partition.isLeader) this.changeLed(name, partition);
    else this.changeFollowed(partition);
  }

  private create(name: string): void {
    this.creations++;
    // With the same id each time: of another one, a session that remembers the name says more than a full fetch.
    const config = name === "c" ? { "flush.messages": 2 } : {};
    this.broker.createTopic(name, { replicas: name < "d" ? [NODE_ID] : [NODE_ID, OTHER_ID], config });
  }

  private delete(name: string): void {
    this.creations++;
    this.openTransactions.delete(name);
    this.broker.deleteTopic(name);
  }

  private changeLed(name: string, partition: Partition): void {
    const log = partition.log!;
    switch (this.random.integer(10)) {
      case 0:
        partition.deleteRecords(this.between(log.logStartOffset, log.highWatermark));
        break;
      case 1:
        this.applyRetention(partition);
        break;
      case 2:
        this.changeTransaction(name, partition);
        break;
      case 3:
        if (partition.replicas.length > 1) this.changeInSyncReplicas(name, partition);
        break;
      case 4:
      case 5:
      case 6:
        if (partition.replicas.length > 1) this.followerFetches(partition);
        break;
      default:
        this.broker.append(name, 1 + this.random.integer(3), { valueBytes: this.random.integer(3) * 400 });
    }
  }

  private changeInSyncReplicas(name: string, partition: Partition): void {
    if (this.random.integer(2) === 0) partition.updateMinInsyncReplicas(1 + this.random.integer(2));
    else this.broker.changePartition(name, { isr: partition.isr.length > 1 ? [NODE_ID] : [NODE_ID, OTHER_ID] });
  }

  private followerFetches(partition: Partition): void {
    const { logStartOffset, logEndOffset } = partition.log!;
    const offset = this.between(logStartOffset, logEndOffset);
    partition.followerFetched(OTHER_ID, EPOCH_OF_OTHER, offset, logStartOffset);
  }

  private applyRetention({ log }: Partition): void {
    log!.roll();
    log!.updateConfig({ ...log!.config, "retention.bytes": this.random.integer(2) * 500 });
    log!.deleteOldSegments(this.broker.runtime.clock.now());
  }

  private changeTransaction(name: string, partition: Partition): void {
    const open = this.openTransactions.get(name);
    if (open === undefined) {
      const producerId = this.nextProducerId++;
      const batch = this.broker.batch(1, { producerId, producerEpoch: 0, baseSequence: 0, transactional: true });
      partition.appendRecordsToLeader(batch, 1, { origin: "coordinator" });
      this.openTransactions.set(name, producerId);
      return;
    }
    this.openTransactions.delete(name);
    const { runtime } = this.broker;
    const ending = { producerId: open, producerEpoch: 0, coordinatorEpoch: 0, timestamp: runtime.clock.now() };
    const marker = buildEndTransactionMarker({ ...ending, commit: this.random.integer(2) === 0 }, runtime);
    partition.appendRecordsToLeader(marker, 1, { origin: "coordinator" });
  }

  private changeFollowed(partition: Partition): void {
    const { logStartOffset, logEndOffset, highWatermark } = partition.log!;
    switch (this.random.integer(6)) {
      case 0:
        partition.truncateTo(this.between(logStartOffset, logEndOffset));
        break;
      case 1:
        partition.truncateFullyAndStartAt(this.between(logStartOffset, logEndOffset + 3));
        break;
      case 2:
        this.applyRetention(partition);
        break;
      default: {
        const isIdle = this.random.integer(2) === 0;
        const baseOffset = logEndOffset === logStartOffset ? Math.max(0, logEndOffset - 1) : logEndOffset;
        const batch = this.broker.batch(2, { baseOffset, leaderEpoch: partition.leaderEpoch });
        partition.appendRecordsToFollower(isIdle ? new Uint8Array(0) : batch, {
          highWatermark: this.between(highWatermark, logEndOffset + 2),
          logStartOffset: this.between(logStartOffset, highWatermark),
        });
      }
    }
  }

  private between(least: number, most: number): number {
    return least + this.random.integer(Math.max(1, most - least + 1));
  }
}
