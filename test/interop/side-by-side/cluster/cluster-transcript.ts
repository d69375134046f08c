import { CreateTopicsRequest, CreateTopicsResponse } from "../../../../src/protocol/messages/create-topics.ts";
import { FetchRequest, FetchResponse } from "../../../../src/protocol/messages/fetch.ts";
import { MetadataRequest, MetadataResponse } from "../../../../src/protocol/messages/metadata.ts";
import type { ClusterUnderTest } from "../../../clients/cluster/cluster-under-test.ts";
import { eventually } from "../../../clients/cluster/quorum.ts";
import { applied } from "../applied.ts";
import { CodecConnection } from "../codec-connection.ts";
import { type Entry, Transcript } from "../scenario.ts";

/** Keeps what the brokers of a cluster answer, in one row. */
export class ClusterTranscript {
  readonly entries: Entry[] = [];
  readonly cluster: ClusterUnderTest;
  private readonly brokers = new Map<number, Transcript>();

  private constructor(cluster: ClusterUnderTest) {
    this.cluster = cluster;
  }

  static async open(cluster: ClusterUnderTest): Promise<ClusterTranscript> {
    const transcript = new ClusterTranscript(cluster);
    for (const { id } of cluster.brokers) await transcript.connect(id);
    return transcript;
  }

  /** Anew after the broker was away. */
  async connect(id: number): Promise<void> {
    const { host, port } = this.cluster.node(id);
    this.brokers.get(id)?.connection.close();
    this.brokers.set(id, new Transcript(await CodecConnection.open(host, port), this.entries));
  }

  /** Asks this broker. */
  at(id: number): Transcript {
    return this.brokers.get(id)!;
  }

  /** Those with a connection that are running. */
  get running(): readonly [number, Transcript][] {
    return [...this.brokers].filter(([id]) => this.cluster.node(id).isRunning);
  }

  note(step: string, answer: unknown): void {
    this.entries.push({ step, answer });
  }

  /** Each partition on its own brokers, the first of which leads it. */
  async createTopic(name: string, replicas: readonly number[][], configs: Record<string, string> = {}): Promise<void> {
    const { topics } = await this.at(1).connection.call(CreateTopicsRequest, CreateTopicsResponse, 7, {
      topics: [
        {
          name,
          numPartitions: -1,
          replicationFactor: -1,
          assignments: replicas.map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds })),
          configs: Object.entries({ "retention.ms": "-1", ...configs }).map(([key, value]) => ({ name: key, value })),
        },
      ],
      timeoutMs: 10_000,
    });
    const errorCode = topics[0]!.errorCode;
    if (errorCode !== 0) throw new Error(`${name} was not created: error ${errorCode}, ${topics[0]!.errorMessage}`);
    await this.applied();
    await this.untilPartition(name, 0, ({ isrNodes }) => isrNodes.length === replicas[0]!.length);
  }

  /** Every running broker has what the controller has answered so far. */
  async applied(): Promise<void> {
    for (const [, { connection }] of this.running) await applied(connection);
  }

  async topicId(name: string): Promise<string> {
    return (await this.topic(1, name)).topicId;
  }

  /** All running brokers see the partition so. */
  async untilPartition(name: string, index: number, isSo: (partition: Partition) => boolean): Promise<void> {
    let last: Partition | undefined;
    for (const [id] of this.running) {
      const look = async () => {
        const { partitions } = await this.topic(id, name);
        last = partitions.find(({ partitionIndex }) => partitionIndex === index);
        return last !== undefined && isSo(last) ? true : undefined;
      };
      await eventually(look, () => `${name}-${index} as expected at broker ${id}: ${JSON.stringify(last)}`);
    }
  }

  /** These replicas know that everything below the offset is committed. */
  async untilCommitted(name: string, index: number, offset: number, ids: readonly number[]): Promise<void> {
    for (const id of ids) {
      const look = async () => {
        const { responses } = await this.at(id).connection.call(FetchRequest, FetchResponse, 12, {
          maxWaitMs: 0,
          minBytes: 0,
          topics: [{ topic: name, partitions: [{ partition: index, fetchOffset: offset, partitionMaxBytes: 1 }] }],
        });
        return responses[0]!.partitions[0]!.highWatermark >= offset || undefined;
      };
      await eventually(look, () => `a high watermark of ${offset} of ${name}-${index} at broker ${id}`);
    }
  }

  close(): void {
    for (const { connection } of this.brokers.values()) connection.close();
  }

  private async topic(id: number, name: string): Promise<Topic> {
    const { topics } = await this.at(id).connection.call(MetadataRequest, MetadataResponse, 12, {
      topics: [{ name }],
      allowAutoTopicCreation: false,
    });
    return topics[0]!;
  }
}

type Topic = MetadataResponse["topics"][number];
type Partition = Topic["partitions"][number];

export interface ClusterScenario {
  readonly name: string;
  run(transcript: ClusterTranscript): Promise<void>;
}
