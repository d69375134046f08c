import { produce } from "../../src/api/produce.ts";
import type { ProduceRequest } from "../../src/protocol/messages/produce.ts";
import type { Input } from "../../src/protocol/schema.ts";
import { TestBroker, topicId } from "./test-broker.ts";

type Request = Input<typeof ProduceRequest>;

export const LATEST = 13;

export function request(topic: string, records: Uint8Array | null, options: Partial<Request> = {}): Request {
  const partitionData = [{ index: 0, records }];
  return {
    acks: -1,
    timeoutMs: 1_000,
    topicData: [{ name: topic, topicId: topicId(topic), partitionData }],
    ...options,
  };
}

export async function brokerWithTopic(options: Parameters<TestBroker["createTopic"]>[1] = {}): Promise<TestBroker> {
  const broker = await TestBroker.start();
  broker.createTopic("t", options);
  return broker;
}

export function firstResult(exchange: ReturnType<typeof send>) {
  return exchange.response?.responses[0]?.partitionResponses[0];
}

export function send(broker: TestBroker, version: number, body: Request, options = {}) {
  return broker.send(produce, version, body, options);
}
