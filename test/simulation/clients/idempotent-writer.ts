import { BrokerError } from "../../../src/client/client-error.ts";
import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import { InitProducerIdRequest, InitProducerIdResponse } from "../../../src/protocol/messages/init-producer-id.ts";
import { ProduceRequest, ProduceResponse } from "../../../src/protocol/messages/produce.ts";
import { buildBatch } from "../../../src/record/batch-builder.ts";
import { SimulationClient, type SimulationClientOptions } from "./simulation-client.ts";

export interface WriterOptions extends SimulationClientOptions {
  readonly topic: string;
  readonly partitions: number;
  readonly maxBatchRecords: number;
  readonly maxPauseMs: number;
}

const PRODUCE_TIMEOUT_MS = 3_000;
const MAX_PADDING_BYTES = 200;

/**
 * Writes numbered records to the partitions of a topic, with acks=all and idempotence; a batch is repeated until it is
 * acknowledged, and then comes the next one.
 */
export class IdempotentWriter extends SimulationClient {
  /** Records. */
  acknowledged = 0;
  /** Produce requests. */
  acknowledgedBatches = 0;
  readonly #options: WriterOptions;
  /** By partition: what the next record is numbered, which is its sequence too. */
  readonly #next: number[];

  constructor(options: WriterOptions) {
    super(options);
    this.#options = options;
    this.#next = new Array<number>(options.partitions).fill(0);
  }

  protected async run(): Promise<void> {
    const { partitions, maxPauseMs } = this.#options;
    const { random } = this.process;
    const identity = await this.persist(this.#options.topic, () => this.#identity());
    while (!this.isStopped) {
      await this.#write(random.integer(partitions), identity);
      await this.client.pause(random.integer(maxPauseMs));
    }
  }

  async #identity(): Promise<{ producerId: number; producerEpoch: number }> {
    const body = { transactionalId: null, transactionTimeoutMs: 60_000 };
    const answer = await this.client.request(InitProducerIdRequest, InitProducerIdResponse, body);
    if (answer.errorCode !== ErrorCode.NONE) throw new BrokerError(answer.errorCode);
    return answer;
  }

  async #write(index: number, identity: { producerId: number; producerEpoch: number }): Promise<void> {
    const { topic, maxBatchRecords } = this.#options;
    const { random, clock } = this.process;
    const first = this.#next[index]!;
    const count = 1 + random.integer(maxBatchRecords);
    const values = Array.from({ length: count }, (_, position) => `${this.name}:${first + position}`);
    this.#next[index] = first + count;
    const encoder = new TextEncoder();
    const batch = buildBatch(
      {
        records: values.map((value) => ({
          timestamp: clock.now(),
          key: new Uint8Array(random.integer(MAX_PADDING_BYTES)),
          value: encoder.encode(value),
        })),
        ...identity,
        baseSequence: first,
      },
      this.process,
    );
    await this.persist(topic, async ({ id, partitions }) => {
      const { leaderId } = partitions[index]!;
      const leader = await this.client.broker(leaderId);
      // The broker writes offsets into the batch that it is given.
      const body = {
        acks: -1,
        timeoutMs: PRODUCE_TIMEOUT_MS,
        topicData: [{ name: topic, topicId: id, partitionData: [{ index, records: batch.slice() }] }],
      };
      const answer = await leader.request(ProduceRequest, ProduceResponse, body);
      const { errorCode, baseOffset } = answer.responses[0]!.partitionResponses[0]!;
      const partition = `${topic}-${index}`;
      if (errorCode === ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER) {
        this.saw({ type: "sequence refused", partition, nodeId: leaderId, value: values[0]! });
      }
      if (errorCode !== ErrorCode.NONE) throw new BrokerError(errorCode);
      this.saw({ type: "acknowledged", partition, nodeId: leaderId, baseOffset, values });
    });
    this.acknowledged += count;
    this.acknowledgedBatches++;
  }
}
