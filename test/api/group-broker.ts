import { GroupCoordinator } from "../../src/coordinator/group/group-coordinator.ts";
import { coordinatorLeadership } from "../../src/coordinator/replica-coordinator-partition.ts";
import { OFFSETS_TOPIC } from "../../src/protocol/internal-topics.ts";
import type { Infer, Input, Message } from "../../src/protocol/schema.ts";
import type { ApiHandler } from "../../src/server/api-handler.ts";
import { TestBroker } from "./test-broker.ts";

/** A broker that leads `__consumer_offsets`, with topics "t" (two partitions) and "u". */
export async function startGroupBroker(): Promise<TestBroker> {
  const broker = await TestBroker.start();
  const groups = new GroupCoordinator({
    runtime: broker.runtime,
    partitionCount: () => 3,
    config: {
      minSessionTimeoutMs: 6_000,
      maxSessionTimeoutMs: 1_800_000,
      initialRebalanceDelayMs: 0,
      maxSize: 100,
      offsetMetadataMaxBytes: 4096,
      offsetsRetentionMs: 3_600_000,
      offsetsRetentionCheckIntervalMs: 600_000,
      offsetsCommitTimeoutMs: 5_000,
      offsetsLoadBufferBytes: 5_242_880,
      offsetsTopicCompressionCodec: 0,
    },
  });
  Object.assign(broker.services, { groups });
  broker.replicas.addLeadershipListener(coordinatorLeadership(OFFSETS_TOPIC, groups));
  broker.createTopic("t", { partitions: 2 });
  broker.createTopic("u");
  broker.createTopic(OFFSETS_TOPIC, { partitions: 3 });
  broker.runtime.clock.runUntilIdle();
  return broker;
}

/** Sends a request, and lets everything happen that needs no time. */
export function ask<Req extends Message, Res extends Message>(
  broker: TestBroker,
  handler: ApiHandler<Req, Res>,
  apiVersion: number,
  request: Input<Req>,
): Infer<Res> | null | undefined {
  const exchange = broker.send(handler, apiVersion, request);
  broker.runtime.clock.runUntilIdle();
  return exchange.response;
}
