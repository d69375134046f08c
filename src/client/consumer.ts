import { joinParts } from "../protocol/codec.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { EARLIEST_TIMESTAMP, LATEST_TIMESTAMP } from "../protocol/list-offsets-timestamps.ts";
import { FetchRequest, FetchResponse } from "../protocol/messages/fetch.ts";
import { ListOffsetsRequest, ListOffsetsResponse } from "../protocol/messages/list-offsets.ts";
import { type DecodedRecord, decodeRecords } from "../record/record.ts";
import {
  batchPositions,
  isControlBatch,
  LOG_OVERHEAD,
  lastOffset,
  nextOffset,
  sizeInBytes,
} from "../record/record-batch.ts";
import type { Compression } from "../runtime.ts";
import { AbortedTransactions } from "./aborted-transactions.ts";
import type { ClientConnection } from "./client-connection.ts";
import { BrokerError } from "./client-error.ts";
import type { ClusterClient, TopicMetadata } from "./cluster-client.ts";

/** Where reading starts: an offset, the first or the next record, or the first at or after a time. */
export type StartPosition =
  | { readonly kind: "offset"; readonly offset: number }
  | { readonly kind: "beginning" }
  | { readonly kind: "end" }
  /** So many records before the end. */
  | { readonly kind: "last"; readonly count: number }
  | { readonly kind: "timestamp"; readonly timestampMs: number };

export interface ConsumerOptions {
  readonly topic: string;
  /** All of them when left out. */
  readonly partitions?: readonly number[];
  readonly start: StartPosition;
  /** How long one fetch waits for records. */
  readonly maxWaitMs: number;
  readonly maxBytes: number;
  readonly readCommitted: boolean;
}

export interface ConsumedRecords {
  readonly partition: number;
  readonly records: readonly DecodedRecord[];
}

/** What a leader has answered, before anybody relies on it. */
interface FetchedRecords extends ConsumedRecords {
  readonly nextOffset: number;
}

/** What a consumer needs of a cluster. */
export interface ConsumerCluster extends Pick<ClusterClient, "topic" | "retry"> {
  broker(nodeId: number): Promise<Pick<ClientConnection, "request">>;
}

/** Reads partitions of one topic from their leaders, without a group: who asks keeps track of offsets. */
export class Consumer {
  private readonly client: ConsumerCluster;
  private readonly compression: Compression;
  private readonly options: ConsumerOptions;
  private topic: TopicMetadata;
  /** Of the next record, by partition. */
  private readonly positions = new Map<number, number>();

  static async open(client: ConsumerCluster, compression: Compression, options: ConsumerOptions): Promise<Consumer> {
    const topic = await client.topic(options.topic);
    const consumer = new Consumer(client, compression, options, topic);
    const partitions = options.partitions ?? topic.partitions.map(({ id }) => id);
    for (const partition of partitions) {
      if (topic.partitions[partition] === undefined) {
        throw new RangeError(`Topic ${options.topic} has partitions 0 to ${topic.partitions.length - 1}`);
      }
      consumer.positions.set(partition, await client.retry(() => consumer.startOf(partition)));
    }
    return consumer;
  }

  private constructor(
    client: ConsumerCluster,
    compression: Compression,
    options: ConsumerOptions,
    topic: TopicMetadata,
  ) {
    this.client = client;
    this.compression = compression;
    this.options = options;
    this.topic = topic;
  }

  /** The ends of the partitions as they are now: what a reader that does not wait reads up to. */
  async endOffsets(): Promise<ReadonlyMap<number, number>> {
    const ends = new Map<number, number>();
    for (const partition of this.positions.keys()) {
      ends.set(partition, await this.client.retry(() => this.listOffset(partition, LATEST_TIMESTAMP)));
    }
    return ends;
  }

  /** The offset of the next record of a partition. */
  position(partition: number): number {
    return this.positions.get(partition) ?? -1;
  }

  /** One fetch from every leader; resolves when each has answered, with nothing when there is nothing new. */
  async poll(): Promise<readonly ConsumedRecords[]> {
    return this.client.retry(async () => {
      try {
        const leaderOf = (id: number) => this.topic.partitions[id]!.leaderId;
        const ids = [...this.positions.keys()];
        const leaders = [...new Set(ids.map(leaderOf))];
        const fetched = await Promise.all(
          leaders.map((leader) =>
            this.fetch(
              leader,
              ids.filter((id) => leaderOf(id) === leader),
            ),
          ),
        );
        // Only now: what one leader has answered is asked for again when another one has not.
        return fetched.flat().map((partition) => this.taken(partition));
      } catch (error) {
        this.topic = await this.client.topic(this.options.topic).catch(() => this.topic);
        throw error;
      }
    });
  }

  private async fetch(leaderId: number, partitions: readonly number[]): Promise<FetchedRecords[]> {
    const leader = await this.client.broker(leaderId);
    const { maxWaitMs, maxBytes, readCommitted } = this.options;
    const body = {
      maxWaitMs,
      minBytes: 1,
      maxBytes,
      isolationLevel: readCommitted ? 1 : 0,
      topics: [{ topic: this.topic.name, topicId: this.topic.id, partitions: partitions.map((id) => this.wanted(id)) }],
      forgottenTopicsData: [],
    };
    const answer = await leader.request(FetchRequest, FetchResponse, body);
    if (answer.errorCode !== ErrorCode.NONE) throw new BrokerError(answer.errorCode);
    const answers = answer.responses.flatMap((topic) => topic.partitions);
    for (const { partitionIndex, errorCode } of answers) {
      if (errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) throw await this.outOfRange(partitionIndex);
    }
    return answers.map((partition) => this.read(partition));
  }

  private wanted(partition: number) {
    return {
      partition,
      currentLeaderEpoch: this.topic.partitions[partition]!.leaderEpoch,
      fetchOffset: this.position(partition),
      partitionMaxBytes: this.options.maxBytes,
    };
  }

  private read(answer: FetchResponse["responses"][number]["partitions"][number]): FetchedRecords {
    const partition = answer.partitionIndex;
    if (answer.errorCode !== ErrorCode.NONE) throw new BrokerError(answer.errorCode);
    let from = this.position(partition);
    const records: DecodedRecord[] = [];
    const aborted = new AbortedTransactions(answer.abortedTransactions ?? []);
    const bytes = wholeBatches(joinParts(answer.records ?? []));
    for (const position of batchPositions(bytes)) {
      if (lastOffset(bytes, position) < from) continue;
      if (!aborted.covers(bytes, position) && !isControlBatch(bytes, position)) {
        // A batch is answered whole, also when the wanted offset lies inside it.
        for (const record of decodeRecords(bytes, position, this.compression)) {
          if (record.offset >= from) records.push(record);
        }
      }
      from = nextOffset(bytes, position);
    }
    return { partition, records, nextOffset: from };
  }

  private taken({ partition, records, nextOffset }: FetchedRecords): ConsumedRecords {
    this.positions.set(partition, nextOffset);
    return { partition, records };
  }

  /** The answer itself does not tell where the log begins and ends. */
  private async outOfRange(partition: number): Promise<BrokerError> {
    const first = await this.listOffset(partition, EARLIEST_TIMESTAMP);
    const end = await this.listOffset(partition, LATEST_TIMESTAMP);
    const range = first === end ? `is empty, and goes on at ${end}` : `has ${first} to ${end - 1}`;
    return new BrokerError(
      ErrorCode.OFFSET_OUT_OF_RANGE,
      `Partition ${partition} has no offset ${this.position(partition)}: it ${range}. Use --from-beginning or another --offset.`,
    );
  }

  private async startOf(partition: number): Promise<number> {
    const { start } = this.options;
    switch (start.kind) {
      case "offset":
        return start.offset;
      case "beginning":
        return this.listOffset(partition, EARLIEST_TIMESTAMP);
      case "end":
        return this.listOffset(partition, LATEST_TIMESTAMP);
      case "last": {
        const first = await this.listOffset(partition, EARLIEST_TIMESTAMP);
        return Math.max(first, (await this.listOffset(partition, LATEST_TIMESTAMP)) - start.count);
      }
      case "timestamp": {
        const offset = await this.listOffset(partition, start.timestampMs);
        // Nothing that young yet: the next record will be.
        return offset >= 0 ? offset : this.listOffset(partition, LATEST_TIMESTAMP);
      }
    }
  }

  private async listOffset(partition: number, timestamp: number): Promise<number> {
    const leader = await this.client.broker(this.topic.partitions[partition]!.leaderId);
    const body = {
      replicaId: -1,
      isolationLevel: this.options.readCommitted ? 1 : 0,
      topics: [{ name: this.topic.name, partitions: [{ partitionIndex: partition, timestamp }] }],
    };
    const answer = await leader.request(ListOffsetsRequest, ListOffsetsResponse, body);
    const result = answer.topics[0]?.partitions[0];
    if (result === undefined) throw new BrokerError(ErrorCode.UNKNOWN_SERVER_ERROR, "The answer has no partition");
    if (result.errorCode !== ErrorCode.NONE) throw new BrokerError(result.errorCode);
    return result.offset;
  }
}

/** A fetch may end in the middle of a batch; that part comes again. */
function wholeBatches(bytes: Uint8Array): Uint8Array {
  let end = 0;
  while (bytes.length - end > LOG_OVERHEAD) {
    const next = end + sizeInBytes(bytes, end);
    if (next > bytes.length) break;
    end = next;
  }
  return bytes.subarray(0, end);
}
