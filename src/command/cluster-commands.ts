import { BrokerError } from "../client/client-error.ts";
import type { ClusterClient, TopicMetadata } from "../client/cluster-client.ts";
import { ErrorCode, errorName } from "../protocol/error-codes.ts";
import { CLUSTER_METADATA_TOPIC } from "../protocol/internal-topics.ts";
import { DescribeClusterRequest, DescribeClusterResponse } from "../protocol/messages/describe-cluster.ts";
import { DescribeQuorumRequest, DescribeQuorumResponse } from "../protocol/messages/describe-quorum.ts";
import { ElectLeadersRequest, ElectLeadersResponse } from "../protocol/messages/elect-leaders.ts";
import { type ParsedArguments, UsageError } from "./arguments.ts";
import { clusterOptions, REQUEST_TIMEOUT_MS, withCluster } from "./cluster-options.ts";
import { type Command, type CommandContext, checkOperands } from "./command.ts";
import { counted } from "./counted.ts";
import { parseNamedPartitions } from "./partition-name.ts";
import { textTable } from "./text-table.ts";

export const describeClusterCommand: Command = {
  name: "cluster describe",
  summary: "Show the brokers of the cluster and how its partitions are.",
  options: clusterOptions,
  async run(context, args) {
    checkOperands(args, 0, 0, "");
    return withCluster(context, args, async (client) => {
      const body = { includeClusterAuthorizedOperations: false, includeFencedBrokers: true };
      const cluster = await client.request(DescribeClusterRequest, DescribeClusterResponse, body);
      if (cluster.errorCode !== ErrorCode.NONE) throw new BrokerError(cluster.errorCode, cluster.errorMessage);
      await context.terminal.write(describeCluster(cluster, await client.topics()));
      return 0;
    });
  },
};

export const describeQuorumCommand: Command = {
  name: "cluster quorum",
  summary: "Show the controllers of the cluster and how far they have followed the metadata.",
  options: clusterOptions,
  async run(context, args) {
    checkOperands(args, 0, 0, "");
    return withCluster(context, args, async (client) => {
      const partition = await client.retry(() => quorumOf(client));
      await context.terminal.write(describeQuorum(partition, context.runtime.clock.now()));
      return 0;
    });
  },
};

export const electLeadersCommand: Command = {
  name: "cluster elect",
  summary: "Elect leaders of partitions.",
  operands: "[TOPIC[:PARTITION]]...",
  description:
    "Without TOPIC: all partitions. Preferred leaders are the first replicas, and take over where they are in sync. An unclean election gives a partition that nobody in sync is left of to any live replica: what the others had is lost.",
  options: [
    ...clusterOptions,
    { name: "unclean", documentation: "Unclean elections, at the price of records, instead of preferred leaders." },
  ],
  examples: ["polylog cluster elect", "polylog cluster elect orders:0 --unclean"],
  async run(context, args) {
    const isUnclean = args.has("unclean");
    if (isUnclean && args.operands.length === 0) throw new UsageError("--unclean needs TOPIC or TOPIC:PARTITION");
    return withCluster(context, args, async (client) => {
      const body = {
        electionType: isUnclean ? 1 : 0,
        topicPartitions: args.operands.length === 0 ? null : await namedPartitions(client, args),
        timeoutMs: REQUEST_TIMEOUT_MS,
      };
      return reportElections(context, await client.request(ElectLeadersRequest, ElectLeadersResponse, body));
    });
  },
};

function describeCluster(cluster: DescribeClusterResponse, topics: readonly TopicMetadata[]): string {
  const partitions = topics.flatMap((topic) => topic.partitions);
  const leaderless = partitions.filter(({ leaderId }) => leaderId < 0).length;
  const underReplicated = partitions.filter(({ isr, replicas }) => isr.length < replicas.length).length;
  const rows = [...cluster.brokers]
    .sort((a, b) => a.brokerId - b.brokerId)
    .map(({ brokerId, host, port, rack, isFenced }) => [
      brokerId,
      isFenced ? "fenced" : "alive",
      `${host}:${port}`,
      rack ?? "-",
      partitions.filter(({ leaderId }) => leaderId === brokerId).length,
      partitions.filter(({ replicas }) => replicas.includes(brokerId)).length,
    ]);
  return [
    `Cluster ${cluster.clusterId}: ${counted(topics.length, "topic")}, ${counted(partitions.length, "partition")}, `,
    `${leaderless} without a leader, ${underReplicated} with fewer replicas in sync than there are\n\n`,
    textTable([["BROKER", "STATE", "ADDRESS", "RACK", "LEADS", "REPLICAS"], ...rows]),
  ].join("");
}

type QuorumPartition = DescribeQuorumResponse["topics"][number]["partitions"][number];

async function quorumOf(client: ClusterClient): Promise<QuorumPartition> {
  const body = { topics: [{ topicName: CLUSTER_METADATA_TOPIC, partitions: [{ partitionIndex: 0 }] }] };
  const answer = await client.request(DescribeQuorumRequest, DescribeQuorumResponse, body);
  if (answer.errorCode !== ErrorCode.NONE) throw new BrokerError(answer.errorCode, answer.errorMessage);
  const partition = answer.topics[0]?.partitions[0];
  if (partition === undefined) throw new BrokerError(ErrorCode.UNKNOWN_SERVER_ERROR);
  if (partition.errorCode !== ErrorCode.NONE) throw new BrokerError(partition.errorCode, partition.errorMessage);
  return partition;
}

function describeQuorum(partition: QuorumPartition, nowMs: number): string {
  const { leaderId, leaderEpoch, highWatermark, currentVoters, observers } = partition;
  const endOffset = [...currentVoters, ...observers].find(({ replicaId }) => replicaId === leaderId)?.logEndOffset;
  const row = (role: string) => (replica: QuorumPartition["currentVoters"][number]) => [
    replica.replicaId,
    replica.replicaId === leaderId ? "leader" : role,
    replica.logEndOffset,
    endOffset === undefined || replica.logEndOffset < 0 ? "-" : Math.max(0, endOffset - replica.logEndOffset),
    replica.lastCaughtUpTimestamp < 0 ? "-" : `${Math.max(0, nowMs - replica.lastCaughtUpTimestamp)} ms ago`,
    replica.replicaDirectoryId,
  ];
  return [
    `Controller ${leaderId} leads in epoch ${leaderEpoch}; metadata is committed up to offset ${highWatermark}\n\n`,
    textTable([
      ["NODE", "ROLE", "END OFFSET", "LAG", "CAUGHT UP", "DIRECTORY"],
      ...currentVoters.map(row("voter")),
      ...observers.map(row("observer")),
    ]),
  ].join("");
}

async function namedPartitions(client: ClusterClient, args: ParsedArguments) {
  const named = args.operands.map(parseNamedPartitions);
  const topics = new Map<string, number[]>();
  for (const { topic, partition } of named) {
    const partitions = topics.get(topic) ?? [];
    topics.set(topic, partitions);
    if (partition !== undefined) partitions.push(partition);
    else for (const { id } of await partitionsOf(client, topic)) partitions.push(id);
  }
  return [...topics].map(([topic, partitions]) => ({ topic, partitions }));
}

/** Also of a topic with partitions that nobody leads: those are what elections are for. */
async function partitionsOf(client: ClusterClient, name: string): Promise<TopicMetadata["partitions"]> {
  const topic = (await client.topics()).find((candidate) => candidate.name === name);
  if (topic === undefined) throw new BrokerError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  return topic.partitions;
}

async function reportElections({ terminal }: CommandContext, answer: ElectLeadersResponse): Promise<number> {
  if (answer.errorCode !== ErrorCode.NONE) throw new BrokerError(answer.errorCode);
  let electedCount = 0;
  let exitCode = 0;
  for (const { topic, partitionResult } of answer.replicaElectionResults) {
    for (const { partitionId, errorCode, errorMessage } of partitionResult) {
      if (errorCode === ErrorCode.ELECTION_NOT_NEEDED) continue;
      if (errorCode === ErrorCode.NONE) {
        electedCount++;
        await terminal.write(`Elected a leader of ${topic}:${partitionId}\n`);
      } else {
        terminal.writeError(`${topic}:${partitionId}: ${errorName(errorCode)}: ${errorMessage ?? ""}\n`);
        exitCode = 1;
      }
    }
  }
  if (electedCount === 0 && exitCode === 0) await terminal.write("No partition needed an election\n");
  return exitCode;
}
