import type { TopicMetadata } from "../../../src/client/cluster-client.ts";
import { checkDamage, fetchPartition } from "./partition-fetch.ts";
import { SimulationClient, type SimulationClientOptions } from "./simulation-client.ts";

export interface ReaderOptions extends SimulationClientOptions {
  readonly topic: string;
  readonly partition: number;
  readonly maxWaitMs: number;
  readonly maxPauseMs: number;
}

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
    while (!this.isStopped) {
      await this.persist(this.#options.topic, (topic) => this.#fetch(topic));
      await this.client.pause(this.process.random.integer(this.#options.maxPauseMs));
    }
  }

  async #fetch(topic: TopicMetadata): Promise<void> {
    const { partition, maxWaitMs } = this.#options;
    const { name: reader, position } = this;
    const fetched = await fetchPartition(this.client, this.process, { reader, topic, partition, position, maxWaitMs });
    this.saw(fetched);
    this.highWatermark = fetched.highWatermark;
    this.position += fetched.records.length;
    this.records.push(...fetched.records);
    checkDamage(fetched);
  }
}
