import { fetch } from "../../src/api/fetch.ts";
import type { FetchRequest } from "../../src/protocol/messages/fetch.ts";
import type { Input } from "../../src/protocol/schema.ts";
import { batchOffsets, TestBroker, topicId } from "./test-broker.ts";

type Request = Input<typeof FetchRequest>;
type PartitionRequest = Request["topics"][number]["partitions"][number];

export const LATEST = 18;
export const READ_COMMITTED = 1;

export interface Asked extends Partial<PartitionRequest> {
  topic?: string;
}

/** One partition for each entry; waits for nothing unless it is told to. */
export function request(asked: Asked[], options: Partial<Request> = {}): Request {
  const topics = asked.map(({ topic = "t", ...partition }) => ({
    topic,
    topicId: topicId(topic),
    partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_048_576, ...partition }],
  }));
  return { maxWaitMs: 0, minBytes: 1, maxBytes: 10_000_000, topics, ...options };
}

export const waiting = { maxWaitMs: 500 };

export async function brokerWithTopic(options: Parameters<TestBroker["createTopic"]>[1] = {}): Promise<TestBroker> {
  const broker = await TestBroker.start();
  broker.createTopic("t", options);
  return broker;
}

export function send(broker: TestBroker, version: number, body: Request) {
  return broker.send(fetch, version, body);
}

export function results(exchange: ReturnType<typeof send>) {
  return exchange.response?.responses.flatMap((topic) => topic.partitions) ?? [];
}

export function fetched(exchange: ReturnType<typeof send>) {
  return results(exchange).map((partition) => batchOffsets(partition.records));
}
