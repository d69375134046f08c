import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import { CreatePartitionsRequest, CreatePartitionsResponse } from "../../../src/protocol/messages/create-partitions.ts";
import { CreateTopicsRequest, CreateTopicsResponse } from "../../../src/protocol/messages/create-topics.ts";
import { DeleteTopicsRequest, DeleteTopicsResponse } from "../../../src/protocol/messages/delete-topics.ts";
import { ZERO_UUID } from "../../../src/protocol/uuid.ts";
import { SimulationClient, type SimulationClientOptions } from "./simulation-client.ts";

export interface TopicChurnerOptions extends SimulationClientOptions {
  readonly replicationFactor: number;
  readonly maxPauseMs: number;
}

const REQUEST_TIMEOUT_MS = 3_000;

/** Creates topics, gives them another partition, and deletes them; an answer may be lost, and then it was done before. */
export class TopicChurner extends SimulationClient {
  topics = 0;
  readonly #options: TopicChurnerOptions;

  constructor(options: TopicChurnerOptions) {
    super(options);
    this.#options = options;
  }

  protected async run(): Promise<void> {
    const { maxPauseMs } = this.#options;
    const { random } = this.process;
    while (!this.isStopped) {
      await this.client.pause(random.integer(maxPauseMs));
      if (this.isStopped) return;
      const name = `churned-${this.topics++}`;
      await this.repeat(() => this.#create(name));
      await this.client.pause(random.integer(maxPauseMs));
      await this.repeat(() => this.#grow(name));
      await this.client.pause(random.integer(maxPauseMs));
      await this.repeat(() => this.#delete(name));
    }
  }

  async #create(name: string): Promise<void> {
    const { replicationFactor } = this.#options;
    const topics = [{ name, numPartitions: 1, replicationFactor, assignments: [], configs: [] }];
    const body = { topics, timeoutMs: REQUEST_TIMEOUT_MS, validateOnly: false };
    const answer = await this.client.request(CreateTopicsRequest, CreateTopicsResponse, body);
    this.#check(answer.topics[0]!, ErrorCode.TOPIC_ALREADY_EXISTS);
  }

  async #grow(name: string): Promise<void> {
    const topics = [{ name, count: 2, assignments: null }];
    const body = { topics, timeoutMs: REQUEST_TIMEOUT_MS, validateOnly: false };
    const answer = await this.client.request(CreatePartitionsRequest, CreatePartitionsResponse, body);
    this.#check(answer.results[0]!, ErrorCode.INVALID_PARTITIONS);
  }

  async #delete(name: string): Promise<void> {
    const body = { topics: [{ name, topicId: ZERO_UUID }], timeoutMs: REQUEST_TIMEOUT_MS };
    const answer = await this.client.request(DeleteTopicsRequest, DeleteTopicsResponse, body);
    this.#check(answer.responses[0]!, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  }

  #check({ errorCode, errorMessage }: { errorCode: number; errorMessage: string | null }, whenDone: number): void {
    if (errorCode !== ErrorCode.NONE && errorCode !== whenDone) this.refused(errorCode, errorMessage);
  }
}
