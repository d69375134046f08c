import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import {
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
} from "../../../src/protocol/messages/alter-partition-reassignments.ts";
import {
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponse,
} from "../../../src/protocol/messages/list-partition-reassignments.ts";
import {
  isOfCluster,
  partitionsOf,
  SimulationClient,
  type SimulationClientOptions,
  shuffled,
} from "./simulation-client.ts";

export interface ReassignerOptions extends SimulationClientOptions {
  /** Partitions by topic. */
  readonly topics: ReadonlyMap<string, number>;
  readonly brokerIds: readonly number[];
  readonly replicationFactor: number;
  readonly maxPauseMs: number;
}

const REQUEST_TIMEOUT_MS = 3_000;
/** A reassignment that takes longer is cancelled, or waited for, by chance. */
const PATIENCE_MS = 20_000;
const PERIOD_MS = 500;

/** Moves partitions from one set of brokers to another, or within the same set. */
export class Reassigner extends SimulationClient {
  reassignments = 0;
  readonly #options: ReassignerOptions;

  constructor(options: ReassignerOptions) {
    super(options);
    this.#options = options;
  }

  protected async run(): Promise<void> {
    const { topics, brokerIds, replicationFactor, maxPauseMs } = this.#options;
    const { random } = this.process;
    const partitions = partitionsOf(topics);
    while (!this.isStopped) {
      await this.client.pause(random.integer(maxPauseMs));
      if (this.isStopped) return;
      const { topic, index } = partitions[random.integer(partitions.length)]!;
      const replicas = shuffled(brokerIds, random).slice(0, replicationFactor);
      await this.repeat(() => this.#alter(topic, index, replicas));
      this.reassignments++;
      await this.#wait(topic, index);
    }
  }

  async #wait(topic: string, index: number): Promise<void> {
    const { clock, random } = this.process;
    let patienceMs = clock.elapsed() + PATIENCE_MS;
    while ((await this.repeat(() => this.#underWay())) > 0) {
      if (clock.elapsed() > patienceMs) {
        if (random.integer(2) === 0) await this.#cancel(topic, index);
        patienceMs += PATIENCE_MS;
      }
      await this.client.pause(PERIOD_MS);
    }
  }

  /** Tries to: it may be refused, when nobody of those before is in sync. */
  async #cancel(topic: string, index: number): Promise<void> {
    try {
      await this.#alter(topic, index, null);
    } catch (error) {
      if (!isOfCluster(error)) throw error;
      this.lastError = error;
    }
  }

  /** Null cancels what is under way. */
  async #alter(topic: string, partitionIndex: number, replicas: number[] | null): Promise<void> {
    const topics = [{ name: topic, partitions: [{ partitionIndex, replicas }] }];
    const body = { timeoutMs: REQUEST_TIMEOUT_MS, topics };
    const answer = await this.client.request(
      AlterPartitionReassignmentsRequest,
      AlterPartitionReassignmentsResponse,
      body,
    );
    if (answer.errorCode !== ErrorCode.NONE) this.refused(answer.errorCode, answer.errorMessage);
    const { errorCode, errorMessage } = answer.responses[0]!.partitions[0]!;
    if (errorCode === ErrorCode.NONE || (replicas === null && errorCode === ErrorCode.NO_REASSIGNMENT_IN_PROGRESS))
      return;
    this.refused(errorCode, errorMessage);
  }

  async #underWay(): Promise<number> {
    const body = { timeoutMs: REQUEST_TIMEOUT_MS, topics: null };
    const answer = await this.client.request(
      ListPartitionReassignmentsRequest,
      ListPartitionReassignmentsResponse,
      body,
    );
    if (answer.errorCode !== ErrorCode.NONE) this.refused(answer.errorCode, answer.errorMessage);
    return answer.topics.length;
  }
}
