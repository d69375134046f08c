import { setTimeout as delay } from "node:timers/promises";
import { expect, vi } from "vitest";
import { createRuntime } from "#adapter";
import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import { ListOffsetsRequest, ListOffsetsResponse } from "../../../src/protocol/messages/list-offsets.ts";
import { ProduceRequest, ProduceResponse } from "../../../src/protocol/messages/produce.ts";
import { WriteTxnMarkersRequest, WriteTxnMarkersResponse } from "../../../src/protocol/messages/write-txn-markers.ts";
import { buildBatch } from "../../../src/record/batch-builder.ts";
import type { CompressionName } from "../../../src/record/compression/index.ts";
import type { BrokerUnderTest } from "../../clients/broker-under-test.ts";
import { WireConnection } from "../../clients/wire/connection.ts";
import { soon } from "../../patience.ts";
import { CodecConnection } from "../side-by-side/codec-connection.ts";
import { IdempotentProducer } from "./idempotent-producer.ts";
import type { Isolation, RecordContent, WrittenPartition } from "./written-partition.ts";

const runtime = createRuntime();
const text = new TextEncoder();

/** What is written while one broker runs; every answer is compared with what the partition is known to hold. */
export class Session {
  readonly #wire: WireConnection;
  readonly #codec: CodecConnection;

  private constructor(wire: WireConnection, codec: CodecConnection) {
    this.#wire = wire;
    this.#codec = codec;
  }

  static async open({ host, port }: BrokerUnderTest): Promise<Session> {
    return new Session(await WireConnection.open(host, port), await CodecConnection.open(host, port));
  }

  close(): void {
    this.#wire.close();
    this.#codec.close();
  }

  async create({ topic, settings }: WrittenPartition): Promise<void> {
    await this.#wire.createReadyTopic(topic, 1, settings);
  }

  /** A broker that has just started may answer before it leads its partitions. */
  async untilLed({ topic }: WrittenPartition): Promise<void> {
    const ask = async () => expect((await this.#wire.listOffset(topic, 0, -1)).errorCode).toBe(ErrorCode.NONE);
    await vi.waitFor(ask, soon);
  }

  async createProducer(partition: WrittenPartition): Promise<IdempotentProducer> {
    for (;;) {
      const { errorCode, producerId, producerEpoch } = await this.#wire.initProducerId();
      if (errorCode === ErrorCode.NONE) return new IdempotentProducer(producerId, producerEpoch, partition);
      // Apache Kafka fetches its first block of ids.
      expect(errorCode).toBe(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
      await delay(20);
    }
  }

  async append(producer: IdempotentProducer, contents: readonly RecordContent[], compression: CompressionName) {
    const { partition, transaction } = producer;
    const batch = buildBatch(
      {
        records: contents.map(({ timestamp, key, value, headers }) => ({
          timestamp,
          key: key === null ? null : text.encode(key),
          value: value === null ? null : text.encode(value),
          headers: headers.map(([name, content]) => ({ key: name, value: text.encode(content) })),
        })),
        compression,
        producerId: producer.id,
        producerEpoch: producer.epoch,
        baseSequence: producer.nextSequence,
        transactional: transaction !== undefined,
      },
      runtime,
    );
    const offset = partition.endOffset;
    expect(await this.#produce(partition.topic, batch), partition.topic).toEqual([ErrorCode.NONE, offset]);
    producer.nextSequence += contents.length;
    producer.last = { batch, offset };
    partition.add(contents, transaction);
  }

  begin(producer: IdempotentProducer): void {
    producer.transaction = producer.partition.begin();
  }

  async end(producer: IdempotentProducer, outcome: "committed" | "aborted"): Promise<void> {
    const { markers } = await this.#codec.call(WriteTxnMarkersRequest, WriteTxnMarkersResponse, 1, {
      markers: [
        {
          producerId: producer.id,
          producerEpoch: producer.epoch,
          transactionResult: outcome === "committed",
          topics: [{ name: producer.partition.topic, partitionIndexes: [0] }],
          coordinatorEpoch: 0,
        },
      ],
    });
    expect(markers[0]!.topics[0]!.partitions[0]!.errorCode).toBe(ErrorCode.NONE);
    producer.partition.end(producer.transaction!, outcome);
    producer.transaction = undefined;
  }

  /** What the producer sent last is known, what would leave a gap is refused, and neither is stored. */
  async expectFollowed(producer: IdempotentProducer): Promise<void> {
    const { partition, last } = producer;
    expect(await this.#produce(partition.topic, last!.batch), `${partition.topic}, again`).toEqual([
      ErrorCode.NONE,
      last!.offset,
    ]);
    const records = [{ timestamp: Date.now(), key: text.encode("gap"), value: null }];
    const { id: producerId, epoch: producerEpoch } = producer;
    const gap = { records, producerId, producerEpoch, baseSequence: producer.nextSequence + 1 };
    const [errorCode] = await this.#produce(partition.topic, buildBatch(gap, runtime));
    expect(errorCode, `${partition.topic}, a gap`).toBe(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
    await this.expectOffsets(partition);
  }

  async expectOffsets(partition: WrittenPartition): Promise<void> {
    const found = [await this.#latest(partition, "read_uncommitted"), await this.#latest(partition, "read_committed")];
    expect(found, partition.topic).toEqual([partition.endOffset, partition.lastStableOffset]);
  }

  async #latest({ topic }: WrittenPartition, isolation: Isolation): Promise<number> {
    const { topics } = await this.#codec.call(ListOffsetsRequest, ListOffsetsResponse, 4, {
      replicaId: -1,
      isolationLevel: isolation === "read_committed" ? 1 : 0,
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
    });
    return topics[0]!.partitions[0]!.offset;
  }

  /** The error code and the base offset. */
  async #produce(name: string, records: Uint8Array): Promise<[number, number]> {
    // Later versions have the broker add the partition to the transaction, which needs its coordinator.
    const { responses } = await this.#codec.call(ProduceRequest, ProduceResponse, 11, {
      transactionalId: "round-trips",
      acks: -1,
      timeoutMs: 20_000,
      topicData: [{ name, partitionData: [{ index: 0, records }] }],
    });
    const { errorCode, baseOffset } = responses[0]!.partitionResponses[0]!;
    return [errorCode, baseOffset];
  }
}
