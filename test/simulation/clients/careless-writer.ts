import { BrokerError } from "../../../src/client/client-error.ts";
import type { TopicMetadata } from "../../../src/client/cluster-client.ts";
import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import { DeleteRecordsRequest, DeleteRecordsResponse } from "../../../src/protocol/messages/delete-records.ts";
import { ProduceRequest, ProduceResponse } from "../../../src/protocol/messages/produce.ts";
import { buildBatch } from "../../../src/record/batch-builder.ts";
import { isOfCluster, SimulationClient, type SimulationClientOptions } from "./simulation-client.ts";

export interface CarelessWriterOptions extends SimulationClientOptions {
  readonly topic: string;
  readonly maxPauseMs: number;
}

const REQUEST_TIMEOUT_MS = 3_000;
const MAX_RECORDS = 20;
const WRITES_PER_DELETION = 6;
/** As far behind the end, at most, is deleted to. */
const MAX_LEFT = 100;

/**
 * Writes with acks=1, and deletes what is old. What it has written may be lost when a leader is: of its topic only that is
 * judged which holds whoever is elected, as that all replicas have the same in the end.
 */
export class CarelessWriter extends SimulationClient {
  readonly #options: CarelessWriterOptions;
  #written = 0;

  constructor(options: CarelessWriterOptions) {
    super(options);
    this.#options = options;
  }

  protected async run(): Promise<void> {
    const { topic, maxPauseMs } = this.#options;
    const { random } = this.process;
    while (!this.isStopped) {
      const { index, endOffset } = await this.persist(topic, (metadata) => this.#write(metadata));
      if (random.integer(WRITES_PER_DELETION) === 0) await this.#delete(index, endOffset - random.integer(MAX_LEFT));
      await this.client.pause(random.integer(maxPauseMs));
    }
  }

  async #write({ name, id, partitions }: TopicMetadata): Promise<{ index: number; endOffset: number }> {
    const { random, clock } = this.process;
    const index = random.integer(partitions.length);
    const leader = await this.client.broker(partitions[index]!.leaderId);
    const values = Array.from({ length: 1 + random.integer(MAX_RECORDS) }, () => `${this.name}:${this.#written++}`);
    const records = values.map((value) => ({
      timestamp: clock.now(),
      key: null,
      value: new TextEncoder().encode(value),
    }));
    const body = {
      acks: 1,
      timeoutMs: REQUEST_TIMEOUT_MS,
      topicData: [{ name, topicId: id, partitionData: [{ index, records: buildBatch({ records }, this.process) }] }],
    };
    const answer = await leader.request(ProduceRequest, ProduceResponse, body);
    const { errorCode, baseOffset } = answer.responses[0]!.partitionResponses[0]!;
    if (errorCode !== ErrorCode.NONE) throw new BrokerError(errorCode);
    return { index, endOffset: baseOffset + values.length };
  }

  /** Tries to: what is not committed can't be deleted. */
  async #delete(partitionIndex: number, offset: number): Promise<void> {
    const { topic } = this.#options;
    const topics = [{ name: topic, partitions: [{ partitionIndex, offset: Math.max(0, offset) }] }];
    const body = { topics, timeoutMs: REQUEST_TIMEOUT_MS };
    try {
      const metadata = (await this.client.topics()).find(({ name }) => name === topic);
      const leader = await this.client.broker(metadata?.partitions[partitionIndex]?.leaderId ?? -1);
      await leader.request(DeleteRecordsRequest, DeleteRecordsResponse, body);
    } catch (error) {
      if (!isOfCluster(error)) throw error;
      this.lastError = error;
    }
  }
}
