import { BrokerError, ConnectionError } from "../../../src/client/client-error.ts";
import { ErrorCode } from "../../../src/protocol/error-codes.ts";
import {
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
} from "../../../src/protocol/messages/alter-partition-reassignments.ts";
import { CreatePartitionsRequest, CreatePartitionsResponse } from "../../../src/protocol/messages/create-partitions.ts";
import { CreateTopicsRequest, CreateTopicsResponse } from "../../../src/protocol/messages/create-topics.ts";
import { DeleteTopicsRequest, DeleteTopicsResponse } from "../../../src/protocol/messages/delete-topics.ts";
import { DescribeConfigsRequest, DescribeConfigsResponse } from "../../../src/protocol/messages/describe-configs.ts";
import { ElectLeadersRequest, ElectLeadersResponse } from "../../../src/protocol/messages/elect-leaders.ts";
import {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from "../../../src/protocol/messages/incremental-alter-configs.ts";
import { MetadataRequest, MetadataResponse } from "../../../src/protocol/messages/metadata.ts";
import type { Message } from "../../../src/protocol/schema.ts";
import { ZERO_UUID } from "../../../src/protocol/uuid.ts";
import type { ClusterNode } from "./cluster-node.ts";
import { eventually } from "./quorum.ts";

const TIMEOUT_MS = 30_000;
const RETRY_LIMIT_MS = 120_000;
const RETRY_INTERVAL_MS = 200;
const TOPIC_RESOURCE = 2;

export interface PartitionState {
  readonly leader: number;
  readonly replicas: readonly number[];
  /** Sorted. */
  readonly isr: readonly number[];
}

/**
 * What tests ask of a cluster beside writing and reading, through one of its brokers. What the protocol calls retriable is
 * repeated; a change whose answer was lost may then have been made already, which counts as made.
 */
export class ClusterAdmin {
  readonly node: ClusterNode;

  constructor(node: ClusterNode) {
    this.node = node;
  }

  /** Each partition on its own brokers, the first of them its leader. */
  async createTopic(name: string, replicas: readonly (readonly number[])[], configs: Record<string, string> = {}) {
    const topic = {
      name,
      numPartitions: -1,
      replicationFactor: -1,
      assignments: replicas.map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds })),
      configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
    };
    const body = { topics: [topic], timeoutMs: TIMEOUT_MS, validateOnly: false };
    await this.change(CreateTopicsRequest, CreateTopicsResponse, body, ({ topics }) => topics[0], [
      ErrorCode.TOPIC_ALREADY_EXISTS,
    ]);
  }

  async deleteTopic(name: string): Promise<void> {
    const body = { topics: [{ name, topicId: ZERO_UUID }], topicNames: [name], timeoutMs: TIMEOUT_MS };
    await this.change(DeleteTopicsRequest, DeleteTopicsResponse, body, ({ responses }) => responses[0], [
      ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
    ]);
  }

  /** One partition more, on these brokers. */
  async addPartition(name: string, count: number, brokerIds: readonly number[]): Promise<void> {
    const topic = { name, count, assignments: [{ brokerIds }] };
    const body = { topics: [topic], timeoutMs: TIMEOUT_MS, validateOnly: false };
    await this.change(CreatePartitionsRequest, CreatePartitionsResponse, body, ({ results }) => results[0], [
      ErrorCode.INVALID_PARTITIONS,
    ]);
  }

  async setConfig(topic: string, name: string, value: string): Promise<void> {
    const resource = {
      resourceType: TOPIC_RESOURCE,
      resourceName: topic,
      configs: [{ name, configOperation: 0, value }],
    };
    const body = { resources: [resource], validateOnly: false };
    await this.change(
      IncrementalAlterConfigsRequest,
      IncrementalAlterConfigsResponse,
      body,
      ({ responses }) => responses[0],
    );
  }

  async reassign(topic: string, index: number, replicas: readonly number[]): Promise<void> {
    const body = {
      topics: [{ name: topic, partitions: [{ partitionIndex: index, replicas }] }],
      timeoutMs: TIMEOUT_MS,
    };
    await this.change(
      AlterPartitionReassignmentsRequest,
      AlterPartitionReassignmentsResponse,
      body,
      ({ responses }) => responses[0]!.partitions[0],
    );
  }

  /** Lets the first replica lead. */
  async electPreferred(topic: string, index: number): Promise<void> {
    const body = { electionType: 0, topicPartitions: [{ topic, partitions: [index] }], timeoutMs: TIMEOUT_MS };
    await this.change(
      ElectLeadersRequest,
      ElectLeadersResponse,
      body,
      ({ replicaElectionResults }) => replicaElectionResults[0]!.partitionResult[0],
      [ErrorCode.ELECTION_NOT_NEEDED],
    );
  }

  async brokerIds(): Promise<number[]> {
    return (await this.metadata()).brokers.map(({ nodeId }) => nodeId).sort((a, b) => a - b);
  }

  async topicNames(): Promise<string[]> {
    return (await this.metadata()).topics.map(({ name }) => name ?? "").sort();
  }

  /** By their indexes; empty when this broker knows no such topic. */
  async partitions(topic: string): Promise<PartitionState[]> {
    const found = (await this.metadata()).topics.find(({ name }) => name === topic);
    return (found?.partitions ?? [])
      .toSorted((a, b) => a.partitionIndex - b.partitionIndex)
      .map(({ leaderId, replicaNodes, isrNodes }) => ({
        leader: leaderId,
        replicas: replicaNodes,
        isr: isrNodes.toSorted((a, b) => a - b),
      }));
  }

  /** Resolves when all partitions of the topic are there, and so many replicas of each are in sync. */
  async untilInSync(topic: string, partitionCount: number, replicaCount: number): Promise<void> {
    let last: unknown;
    const look = async () => {
      const partitions = await this.partitions(topic);
      last = partitions;
      const areThere = partitions.length === partitionCount;
      return (areThere && partitions.every(({ isr }) => isr.length === replicaCount)) || undefined;
    };
    await eventually(look, () => `${replicaCount} replicas of ${topic} in sync: ${JSON.stringify(last)}`);
  }

  async config(topic: string, name: string): Promise<string | null | undefined> {
    const resource = { resourceType: TOPIC_RESOURCE, resourceName: topic, configurationKeys: [name] };
    const body = { resources: [resource] };
    const answer = await this.retry(() => this.node.ask(DescribeConfigsRequest, DescribeConfigsResponse, body));
    return answer.results[0]!.configs[0]?.value;
  }

  private metadata(): Promise<MetadataResponse> {
    const body = { topics: null, allowAutoTopicCreation: false };
    return this.retry(() => this.node.ask(MetadataRequest, MetadataResponse, body));
  }

  private async change<Q, QI, A, AI>(
    request: Message<Q, QI>,
    response: Message<A, AI>,
    body: QI,
    resultOf: (answer: A) => { readonly errorCode: number; readonly errorMessage?: string | null } | undefined,
    madeAlready: readonly number[] = [],
  ): Promise<void> {
    await this.retry(async () => {
      const result = resultOf(await this.node.ask(request, response, body));
      if (result === undefined) throw new Error(`${request.name}: the answer has no result`);
      if (result.errorCode === ErrorCode.NONE || madeAlready.includes(result.errorCode)) return;
      throw new BrokerError(result.errorCode, result.errorMessage);
    });
  }

  private async retry<T>(step: () => Promise<T>): Promise<T> {
    const endMs = performance.now() + RETRY_LIMIT_MS;
    for (;;) {
      try {
        return await step();
      } catch (error) {
        const mayPass = error instanceof ConnectionError || (error instanceof BrokerError && error.retriable);
        if (!mayPass || performance.now() > endMs) throw error;
        await new Promise((resolve) => setTimeout(resolve, RETRY_INTERVAL_MS));
      }
    }
  }
}
