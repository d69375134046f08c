import { setTimeout as delay } from "node:timers/promises";
import { ClusterClient } from "../../../src/client/cluster-client.ts";
import { DescribeQuorumRequest, DescribeQuorumResponse } from "../../../src/protocol/messages/describe-quorum.ts";
import type { Runtime } from "../../../src/runtime.ts";
import type { ClusterUnderTest } from "./cluster-under-test.ts";

/** How a node can be hit, and how it comes back. */
export type Fault =
  | "kill the leader"
  | "kill the active controller"
  | "kill a follower"
  | "kill all nodes"
  | "stop the leader for a while"
  | "restart the leader";

export interface FaultEnvironment {
  readonly cluster: ClusterUnderTest;
  readonly runtime: Runtime;
  readonly topic: string;
  /** How long a node that is killed stays away, and a stopped one stopped. */
  readonly awayMs: number;
}

/** Hits the cluster once, and resolves when all nodes run again. */
export async function strike(fault: Fault, environment: FaultEnvironment): Promise<void> {
  const { cluster, awayMs } = environment;
  const targets = await targetsOf(fault, environment);
  switch (fault) {
    case "restart the leader":
      for (const id of targets) await cluster.node(id).restart();
      return;
    case "stop the leader for a while":
      for (const id of targets) cluster.node(id).signal("SIGSTOP");
      await delay(awayMs);
      for (const id of targets) cluster.node(id).signal("SIGCONT");
      return;
    default:
      await Promise.all(targets.map((id) => cluster.node(id).kill()));
      await delay(awayMs);
      await cluster.start(...targets);
  }
}

async function targetsOf(fault: Fault, { cluster, runtime, topic }: FaultEnvironment): Promise<number[]> {
  if (fault === "kill all nodes") return cluster.nodes.map(({ id }) => id);
  const client = new ClusterClient(runtime, {
    clientId: "faults",
    connectTimeoutMs: 2_000,
    requestTimeoutMs: 5_000,
    retryTimeoutMs: 60_000,
    bootstrap: cluster.addresses,
  });
  try {
    if (fault === "kill the active controller") return [await client.retry(() => controllerId(client))];
    const partition = (await client.topic(topic)).partitions[0]!;
    if (fault !== "kill a follower") return [partition.leaderId];
    return [partition.replicas.find((id) => id !== partition.leaderId)!];
  } finally {
    client.close();
  }
}

async function controllerId(client: ClusterClient): Promise<number> {
  const body = { topics: [{ topicName: "__cluster_metadata", partitions: [{ partitionIndex: 0 }] }] };
  const answer = await client.request(DescribeQuorumRequest, DescribeQuorumResponse, body);
  return answer.topics[0]!.partitions[0]!.leaderId;
}
