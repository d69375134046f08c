import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import {
  AlterReplicaLogDirsRequest,
  AlterReplicaLogDirsResponse,
} from "../../../src/protocol/messages/alter-replica-log-dirs.ts";
import { isOfCluster, partitionsOf, SimulationClient, type SimulationClientOptions } from "./simulation-client.ts";

export interface DirectoryMoverOptions extends SimulationClientOptions {
  /** Partitions by topic. */
  readonly topics: ReadonlyMap<string, number>;
  readonly brokerIds: readonly number[];
  readonly logDirs: readonly string[];
  readonly maxPauseMs: number;
}

/** Has brokers move replicas to another of their log directories, or back again before they are there; each may be refused. */
export class DirectoryMover extends SimulationClient {
  moves = 0;
  readonly #options: DirectoryMoverOptions;

  constructor(options: DirectoryMoverOptions) {
    super(options);
    this.#options = options;
  }

  protected async run(): Promise<void> {
    const { topics, brokerIds, logDirs, maxPauseMs } = this.#options;
    const { random } = this.process;
    const partitions = partitionsOf(topics);
    while (!this.isStopped) {
      await this.client.pause(random.integer(maxPauseMs));
      if (this.isStopped) return;
      const { topic, index } = partitions[random.integer(partitions.length)]!;
      const brokerId = brokerIds[random.integer(brokerIds.length)]!;
      const path = logDirs[random.integer(logDirs.length)]!;
      try {
        await this.#move(brokerId, topic, index, path);
      } catch (error) {
        if (!isOfCluster(error)) throw error;
        this.lastError = error;
      }
    }
  }

  async #move(brokerId: number, topic: string, index: number, path: string): Promise<void> {
    // Which tells where brokers are.
    await this.client.topics();
    const broker = await this.client.broker(brokerId);
    const dirs = [{ path, topics: [{ name: topic, partitions: [index] }] }];
    const answer = await broker.request(AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse, { dirs });
    if (answer.results[0]?.partitions[0]?.errorCode === ErrorCode.NONE) this.moves++;
  }
}
