import { BrokerError } from "../client/client-error.ts";
import type { ClusterClient, TopicMetadata } from "../client/cluster-client.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { CreateTopicsRequest, CreateTopicsResponse } from "../protocol/messages/create-topics.ts";
import { DeleteTopicsRequest, DeleteTopicsResponse } from "../protocol/messages/delete-topics.ts";
import { DescribeConfigsRequest, DescribeConfigsResponse } from "../protocol/messages/describe-configs.ts";
import { ZERO_UUID } from "../protocol/uuid.ts";
import { integerOption, type ParsedArguments, pairsOption } from "./arguments.ts";
import { clusterOptions, withCluster } from "./cluster-options.ts";
import { type Command, type CommandContext, checkOperands } from "./command.ts";
import { counted } from "./counted.ts";

const REQUEST_TIMEOUT_MS = 30_000;
const TOPIC_RESOURCE = 2;
/** Kafka's code of "set for this topic". */
const TOPIC_SOURCE = 1;

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
      documentation: "How many partitions (the broker's num.partitions when left out).",
    },
    {
      name: "replication-factor",
      short: "r",
      value: "COUNT",
      documentation: "How many replicas (the broker's default.replication.factor when left out).",
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
  description: "Without TOPIC: all topics. Settings are those that were made for the topic itself.",
  options: clusterOptions,
  async run(context, args) {
    return withCluster(context, args, async (client) => {
      const topics = await wantedTopics(client, args);
      const settings = await topicSettings(client, topics);
      for (const topic of topics) await context.terminal.write(describeTopic(topic, settings.get(topic.name) ?? ""));
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

async function wantedTopics(client: ClusterClient, args: ParsedArguments): Promise<readonly TopicMetadata[]> {
  if (args.operands.length === 0) return client.topics();
  return Promise.all(args.operands.map((name) => client.topic(name)));
}

/** By topic: `key=value,...`. */
async function topicSettings(
  client: ClusterClient,
  topics: readonly TopicMetadata[],
): Promise<ReadonlyMap<string, string>> {
  if (topics.length === 0) return new Map();
  const resources = topics.map(({ name }) => ({
    resourceType: TOPIC_RESOURCE,
    resourceName: name,
    configurationKeys: null,
  }));
  const answer = await client.request(DescribeConfigsRequest, DescribeConfigsResponse, { resources });
  return new Map(
    answer.results.map(({ resourceName, configs }) => {
      const own = configs.filter(({ configSource }) => configSource === TOPIC_SOURCE);
      return [resourceName, own.map(({ name, value }) => `${name}=${value}`).join(",")];
    }),
  );
}

function describeTopic(topic: TopicMetadata, settings: string): string {
  const replicas = topic.partitions[0]?.replicas.length ?? 0;
  const lines = [
    `Topic: ${topic.name}\tTopicId: ${topic.id}\tPartitionCount: ${topic.partitions.length}\tReplicationFactor: ${replicas}\tConfigs: ${settings}`,
    ...topic.partitions.map(
      (partition) =>
        `\tTopic: ${topic.name}\tPartition: ${partition.id}\tLeader: ${partition.leaderId < 0 ? "none" : partition.leaderId}\tReplicas: ${partition.replicas.join(",")}\tIsr: ${partition.isr.join(",")}`,
    ),
  ];
  return `${lines.join("\n")}\n`;
}
