import { setTimeout as delay } from "node:timers/promises";
import { ClusterClient } from "../../../src/client/cluster-client.ts";
import { DescribeQuorumRequest, DescribeQuorumResponse } from "../../../src/protocol/messages/describe-quorum.ts";
import type { Runtime } from "../../../src/runtime.ts";
import type { ClusterNode } from "./cluster-node.ts";
import type { ClusterUnderTest } from "./cluster-under-test.ts";

/** How a node can be hit, and how it comes back. */
export type Fault =
  | "kill the leader"
  | "kill the active controller"
  | "kill a follower"
  | "kill all nodes"
  | "stop the leader for a while"
  | "restart the leader"
  | "cut the leader off from the nodes"
  | "cut the active controller off from all"
  | "fill the disk of the leader";

export interface FaultEnvironment {
  readonly cluster: ClusterUnderTest;
  readonly runtime: Runtime;
  readonly topic: string;
  /** How long a node that is killed stays away, a stopped one stopped, a cut-off one cut off, a full disk full. */
  readonly awayMs: number;
}

/** When a fault was what, by the runtime's clock that never goes back. */
export interface Struck {
  readonly beganMs: number;
  /** What was to end has ended: the system takes time to take a process apart. */
  readonly doneMs: number;
  /** The nodes that were hit come back from here on. */
  readonly backMs: number;
}

type Whom = "leader" | "controller" | "follower" | "all";

/** Begins a fault, and answers how it ends. */
type Blow = (nodes: readonly ClusterNode[], cluster: ClusterUnderTest) => Promise<() => Promise<void>>;

/** Hits the cluster once, and resolves when all nodes run again. */
export async function strike(fault: Fault, environment: FaultEnvironment): Promise<Struck> {
  const { cluster, runtime, awayMs } = environment;
  const [whom, blow] = kinds[fault];
  const nodes = (await idsOf(whom, environment)).map((id) => cluster.node(id));
  const beganMs = runtime.clock.elapsed();
  const end = await blow(nodes, cluster);
  const doneMs = runtime.clock.elapsed();
  await delay(awayMs);
  const backMs = runtime.clock.elapsed();
  await end();
  return { beganMs, doneMs, backMs };
}

const kill: Blow = async (nodes) => {
  await Promise.all(nodes.map((node) => node.kill()));
  return () => startAll(nodes);
};

const restart: Blow = async (nodes) => {
  await Promise.all(nodes.map((node) => node.stop()));
  return () => startAll(nodes);
};

const stopForAWhile: Blow = async (nodes) => {
  for (const node of nodes) node.signal("SIGSTOP");
  return async () => {
    for (const node of nodes) node.signal("SIGCONT");
  };
};

function cutOff(fromAll: boolean): Blow {
  return async (nodes, { networks }) => {
    if (networks === undefined) throw new Error("The nodes of this cluster have no networks of their own");
    for (const { id } of nodes) networks.cutOff(id, fromAll);
    return async () => networks.heal();
  };
}

/** A node whose only disk has failed ends by itself, and its operator starts it when there is space. */
const fillDisk: Blow = async (nodes, cluster) => {
  for (const { id } of nodes) cluster.disk(id).fill();
  return async () => {
    for (const { id } of nodes) cluster.disk(id).empty();
    await Promise.all(nodes.map((node) => node.stop()));
    await startAll(nodes);
  };
};

const kinds: Readonly<Record<Fault, readonly [Whom, Blow]>> = {
  "kill the leader": ["leader", kill],
  "kill the active controller": ["controller", kill],
  "kill a follower": ["follower", kill],
  "kill all nodes": ["all", kill],
  "stop the leader for a while": ["leader", stopForAWhile],
  "restart the leader": ["leader", restart],
  "cut the leader off from the nodes": ["leader", cutOff(false)],
  "cut the active controller off from all": ["controller", cutOff(true)],
  "fill the disk of the leader": ["leader", fillDisk],
};

async function startAll(nodes: readonly ClusterNode[]): Promise<void> {
  await Promise.all(nodes.map((node) => node.start()));
}

async function idsOf(whom: Whom, { cluster, runtime, topic }: FaultEnvironment): Promise<number[]> {
  if (whom === "all") return cluster.nodes.map(({ id }) => id);
  const client = new ClusterClient(runtime, {
    clientId: "faults",
    connectTimeoutMs: 2_000,
    requestTimeoutMs: 5_000,
    retryTimeoutMs: 60_000,
    bootstrap: cluster.addresses,
  });
  try {
    if (whom === "controller") return [await client.retry(() => controllerId(client))];
    const partition = (await client.topic(topic)).partitions[0]!;
    if (whom === "leader") return [partition.leaderId];
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
