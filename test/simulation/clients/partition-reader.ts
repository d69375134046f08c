import { BrokerError } from "../../../src/client/client-error.ts";
import type { TopicMetadata } from "../../../src/client/cluster-client.ts";
import { joinParts } from "../../../src/protocol/codec.ts";
import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import { FetchRequest, FetchResponse } from "../../../src/protocol/messages/fetch.ts";
import { decodeRecords } from "../../../src/record/record.ts";
import { batchPositions, findProblem } from "../../../src/record/record-batch.ts";
import { SimulationClient, type SimulationClientOptions } from "./simulation-client.ts";

export interface ReaderOptions extends SimulationClientOptions {
  readonly topic: string;
  readonly partition: number;
  readonly maxWaitMs: number;
}

const MAX_BYTES = 1_000_000;

/** Reads a partition from its leader, from the beginning and on. */
export class PartitionReader extends SimulationClient {
  /** Of the next record. */
  position = 0;
  /** What the last answer told. */
  highWatermark = -1;
  /** What was read, in order. */
  readonly records: { readonly offset: number; readonly value: string }[] = [];
  readonly #options: ReaderOptions;

  constructor(options: ReaderOptions) {
    super(options);
    this.#options = options;
  }

  /** Reads up to the high watermark, once. */
  async readToEnd(): Promise<void> {
    do await this.persist(this.#options.topic, (topic) => this.#fetch(topic));
    while (this.position < this.highWatermark);
  }

  protected async run(): Promise<void> {
    while (!this.isStopped) await this.persist(this.#options.topic, (topic) => this.#fetch(topic));
  }

  async #fetch({ id, partitions }: TopicMetadata): Promise<void> {
    const { topic, partition, maxWaitMs } = this.#options;
    const { leaderId, leaderEpoch } = partitions[partition]!;
    const leader = await this.client.broker(leaderId);
    const wanted = {
      partition,
      currentLeaderEpoch: leaderEpoch,
      fetchOffset: this.position,
      partitionMaxBytes: MAX_BYTES,
    };
    const answer = await leader.request(FetchRequest, FetchResponse, {
      maxWaitMs,
      minBytes: 1,
      maxBytes: MAX_BYTES,
      isolationLevel: 0,
      topics: [{ topic, topicId: id, partitions: [wanted] }],
      forgottenTopicsData: [],
    });
    if (answer.errorCode !== ErrorCode.NONE) throw new BrokerError(answer.errorCode);
    const data = answer.responses[0]!.partitions[0]!;
    if (data.errorCode !== ErrorCode.NONE) throw new BrokerError(data.errorCode);
    const records = this.#decode(joinParts(data.records ?? []));
    this.saw({
      type: "fetched",
      reader: this.name,
      partition: `${topic}-${partition}`,
      nodeId: leaderId,
      leaderEpoch,
      wantedOffset: this.position,
      highWatermark: data.highWatermark,
      records,
    });
    this.highWatermark = data.highWatermark;
    this.position += records.length;
    this.records.push(...records);
  }

  /** A batch is answered whole, also when the wanted offset lies inside it. */
  #decode(bytes: Uint8Array): { offset: number; value: string }[] {
    const records: { offset: number; value: string }[] = [];
    const decoder = new TextDecoder();
    for (const position of batchPositions(bytes)) {
      const problem = findProblem(bytes, position, this.process.checksums);
      if (problem !== undefined) throw new Error(`${this.name} was sent a batch that is broken: ${problem}`);
      for (const { offset, value } of decodeRecords(bytes, position, this.process.compression)) {
        if (offset >= this.position) records.push({ offset, value: decoder.decode(value ?? new Uint8Array(0)) });
      }
    }
    return records;
  }
}
