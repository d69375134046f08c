import { BrokerError } from "../client/client-error.ts";
import type { ClusterClient, PartitionMetadata, TopicMetadata } from "../client/cluster-client.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { CreateTopicsRequest, CreateTopicsResponse } from "../protocol/messages/create-topics.ts";
import { DeleteTopicsRequest, DeleteTopicsResponse } from "../protocol/messages/delete-topics.ts";
import { ZERO_UUID } from "../protocol/uuid.ts";
import { integerOption, type ParsedArguments, pairsOption } from "./arguments.ts";
import { clusterOptions, REQUEST_TIMEOUT_MS, withCluster } from "./cluster-options.ts";
import { type Command, type CommandContext, checkOperands } from "./command.ts";
import { counted } from "./counted.ts";
import { isOwn, type TopicSetting, topicSettings } from "./topic-settings.ts";

export const createTopicCommand: Command = {
  name: "topic create",
  summary: "Create a topic.",
  operands: "TOPIC",
  options: [
    ...clusterOptions,
    {
      name: "partitions",
      short: "p",
      value: "COUNT",
      documentation: "How many partitions (num.partitions of the controllers when left out).",
    },
    {
      name: "replication-factor",
      short: "r",
      value: "COUNT",
      documentation: "How many replicas (default.replication.factor of the controllers when left out).",
    },
    {
      name: "config",
      short: "c",
      value: "KEY=VALUE",
      repeated: true,
      documentation: "A setting of the topic, for example segment.bytes=104857600.",
    },
    { name: "if-not-exists", documentation: "Succeed when the topic exists already." },
  ],
  examples: ["polylog topic create orders --partitions 6 --config retention.ms=86400000"],
  async run(context, args) {
    checkOperands(args, 1, 1, "TOPIC");
    const [name = ""] = args.operands;
    const topic = {
      name,
      numPartitions: integerOption(args, "partitions", 1, 2 ** 31 - 1) ?? -1,
      replicationFactor: integerOption(args, "replication-factor", 1, 2 ** 15 - 1) ?? -1,
      assignments: [],
      configs: pairsOption(args, "config").map(([key, value]) => ({ name: key, value })),
    };
    return withCluster(context, args, async (client) => {
      const body = { topics: [topic], timeoutMs: REQUEST_TIMEOUT_MS };
      const answer = await client.request(CreateTopicsRequest, CreateTopicsResponse, body);
      const result = answer.topics[0]!;
      if (result.errorCode === ErrorCode.TOPIC_ALREADY_EXISTS && args.has("if-not-exists")) {
        await context.terminal.write(`Topic ${name} exists already\n`);
        return 0;
      }
      if (result.errorCode !== ErrorCode.NONE) throw new BrokerError(result.errorCode, result.errorMessage);
      const partitions = result.numPartitions < 0 ? "" : ` with ${counted(result.numPartitions, "partition")}`;
      await context.terminal.write(`Created topic ${name}${partitions}\n`);
      return 0;
    });
  },
};

export const listTopicsCommand: Command = {
  name: "topic list",
  summary: "List topics.",
  options: [
    ...clusterOptions,
    { name: "internal", documentation: "Also the topics that brokers keep for themselves." },
  ],
  async run(context, args) {
    checkOperands(args, 0, 0, "");
    return withCluster(context, args, async (client) => {
      const topics = (await client.topics()).filter(({ isInternal }) => args.has("internal") || !isInternal);
      for (const name of topics.map((topic) => topic.name).sort()) await context.terminal.write(`${name}\n`);
      return 0;
    });
  },
};

export const describeTopicsCommand: Command = {
  name: "topic describe",
  summary: "Show partitions, leaders and settings of topics.",
  operands: "[TOPIC]...",
  description:
    "Without TOPIC: all topics. Settings are those that were made for the topic itself; 'polylog topic config' shows the others.",
  options: [
    ...clusterOptions,
    { name: "under-replicated", documentation: "Only partitions with fewer replicas in sync than there are." },
    { name: "unavailable", documentation: "Only partitions without a leader." },
  ],
  async run(context, args) {
    return withCluster(context, args, async (client) => {
      const topics = await wantedTopics(client, args);
      const isWanted = partitionFilter(args);
      if (isWanted !== undefined) {
        const lines = topics.flatMap(({ name, partitions }) =>
          partitions.filter(isWanted).map((partition) => describePartition(name, partition)),
        );
        await context.terminal.write(lines.join(""));
        return 0;
      }
      const names = topics.map(({ name }) => name);
      const settings = await topicSettings(client, names);
      for (const topic of topics) await context.terminal.write(describeTopic(topic, settings.get(topic.name) ?? []));
      return 0;
    });
  },
};

export const deleteTopicsCommand: Command = {
  name: "topic delete",
  summary: "Delete topics with their records.",
  operands: "TOPIC...",
  options: [...clusterOptions, { name: "if-exists", documentation: "Succeed when there is no such topic." }],
  async run(context, args) {
    checkOperands(args, 1, Number.POSITIVE_INFINITY, "TOPIC");
    return withCluster(context, args, async (client) => {
      const body = {
        topics: args.operands.map((name) => ({ name, topicId: ZERO_UUID })),
        topicNames: [...args.operands],
        timeoutMs: REQUEST_TIMEOUT_MS,
      };
      const answer = await client.request(DeleteTopicsRequest, DeleteTopicsResponse, body);
      return reportDeletions(context, args, answer);
    });
  },
};

async function reportDeletions(
  { terminal }: CommandContext,
  args: ParsedArguments,
  answer: DeleteTopicsResponse,
): Promise<number> {
  let exitCode = 0;
  for (const { name, errorCode, errorMessage } of answer.responses) {
    if (errorCode === ErrorCode.NONE) {
      await terminal.write(`Deleted topic ${name}\n`);
    } else if (errorCode !== ErrorCode.UNKNOWN_TOPIC_OR_PARTITION || !args.has("if-exists")) {
      const error = new BrokerError(errorCode, errorMessage);
      terminal.writeError(`polylog topic delete: ${name}: ${error.name}: ${error.message}\n`);
      exitCode = 1;
    }
  }
  return exitCode;
}

/** Also those with partitions that nobody leads: to see them is what many ask for. */
async function wantedTopics(client: ClusterClient, args: ParsedArguments): Promise<readonly TopicMetadata[]> {
  const topics = await client.retry(() => client.topics());
  if (args.operands.length === 0) return topics;
  return args.operands.map((name) => {
    const topic = topics.find((candidate) => candidate.name === name);
    if (topic === undefined) throw new BrokerError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    return topic;
  });
}

/** Undefined when whole topics are wanted. */
function partitionFilter(args: ParsedArguments): ((partition: PartitionMetadata) => boolean) | undefined {
  const [underReplicated, unavailable] = [args.has("under-replicated"), args.has("unavailable")];
  if (!underReplicated && !unavailable) return undefined;
  return ({ isr, replicas, leaderId }) =>
    (underReplicated && isr.length < replicas.length) || (unavailable && leaderId < 0);
}

function describeTopic({ name, id, partitions }: TopicMetadata, settings: readonly TopicSetting[]): string {
  const replicas = partitions[0]?.replicas.length ?? 0;
  const own = settings.filter(isOwn).map((setting) => `${setting.name}=${setting.value}`);
  const heading = `Topic: ${name}\tTopicId: ${id}\tPartitionCount: ${partitions.length}\tReplicationFactor: ${replicas}\tConfigs: ${own.join(",")}\n`;
  return heading + partitions.map((partition) => describePartition(name, partition)).join("");
}

function describePartition(topic: string, { id, leaderId, replicas, isr }: PartitionMetadata): string {
  return `\tTopic: ${topic}\tPartition: ${id}\tLeader: ${leaderId < 0 ? "none" : leaderId}\tReplicas: ${replicas.join(",")}\tIsr: ${isr.join(",")}\n`;
}
