import { BrokerError } from "../client/client-error.ts";
import type { ClusterClient } from "../client/cluster-client.ts";
import { ErrorCode, errorName } from "../protocol/error-codes.ts";
import {
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
} from "../protocol/messages/alter-partition-reassignments.ts";
import {
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponse,
} from "../protocol/messages/list-partition-reassignments.ts";
import { type ParsedArguments, UsageError } from "./arguments.ts";
import { clusterOptions, REQUEST_TIMEOUT_MS, withCluster } from "./cluster-options.ts";
import type { Command, CommandContext } from "./command.ts";
import { parsePlanFile, type ReplicaPlan } from "./reassignment-plan.ts";
import { textTable } from "./text-table.ts";

const WAIT_POLL_MS = 500;

export const reassignCommand: Command = {
  name: "cluster reassign",
  summary: "Move replicas of partitions to other brokers.",
  operands: "[TOPIC:PARTITION=BROKER,BROKER...]...",
  description:
    "The first broker of each list is the preferred leader. New replicas copy everything before the old ones are given up. Without operands: what is moving now.",
  options: [
    ...clusterOptions,
    {
      name: "file",
      short: "f",
      value: "FILE",
      documentation: "A plan in the JSON of kafka-reassign-partitions, instead of operands.",
    },
    { name: "cancel", documentation: "Give up the moves of the named partitions (TOPIC:PARTITION), or of all." },
    { name: "wait", short: "w", documentation: "Return when everything has moved." },
  ],
  examples: ["polylog cluster reassign orders:0=1,2 orders:1=2,3 --wait", "polylog cluster reassign --cancel"],
  async run(context, args) {
    return withCluster(context, args, async (client) => {
      const plan = await wantedPlan(context, client, args);
      if (plan === undefined) return listMoves(context, client);
      const exitCode = await alter(context, client, plan, args.has("cancel"));
      if (exitCode === 0 && args.has("wait")) await untilMoved(context, client, plan);
      return exitCode;
    });
  },
};

/** Undefined when nothing is to be changed. */
async function wantedPlan(
  { runtime }: CommandContext,
  client: ClusterClient,
  args: ParsedArguments,
): Promise<readonly ReplicaPlan[] | undefined> {
  const file = args.get("file");
  if (file !== undefined) {
    if (args.operands.length > 0 || args.has("cancel"))
      throw new UsageError("--file takes no partitions beside it, and no --cancel");
    return parsePlanFile(runtime.files, file);
  }
  if (args.has("cancel")) {
    if (args.operands.length > 0) return args.operands.map(parseCancelled);
    const moving = await movesOf(client);
    return moving.map(({ topic, partition }) => ({ topic, partition, replicas: null }));
  }
  return args.operands.length === 0 ? undefined : args.operands.map(parseMove);
}

function parseMove(text: string): ReplicaPlan {
  const match = /^([A-Za-z0-9._-]+):(\d+)=(\d+(?:,\d+)*)$/.exec(text);
  if (match === null) throw new UsageError(`'${text}' is not TOPIC:PARTITION=BROKER,BROKER...`);
  return { topic: match[1]!, partition: Number(match[2]), replicas: match[3]!.split(",").map(Number) };
}

function parseCancelled(text: string): ReplicaPlan {
  const match = /^([A-Za-z0-9._-]+):(\d+)$/.exec(text);
  if (match === null) throw new UsageError(`'${text}' is not TOPIC:PARTITION`);
  return { topic: match[1]!, partition: Number(match[2]), replicas: null };
}

async function alter(
  { terminal }: CommandContext,
  client: ClusterClient,
  plan: readonly ReplicaPlan[],
  isCancel: boolean,
): Promise<number> {
  const topics = new Map<string, { partitionIndex: number; replicas: readonly number[] | null }[]>();
  for (const { topic, partition, replicas } of plan) {
    const partitions = topics.get(topic) ?? [];
    topics.set(topic, partitions);
    partitions.push({ partitionIndex: partition, replicas });
  }
  const body = {
    timeoutMs: REQUEST_TIMEOUT_MS,
    topics: [...topics].map(([name, partitions]) => ({ name, partitions })),
  };
  const answer = await client.request(AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse, body);
  if (answer.errorCode !== ErrorCode.NONE) throw new BrokerError(answer.errorCode, answer.errorMessage);
  let exitCode = 0;
  for (const { name, partitions } of answer.responses) {
    for (const { partitionIndex, errorCode, errorMessage } of partitions) {
      if (errorCode === ErrorCode.NONE) {
        await terminal.write(`${isCancel ? "Cancelled" : "Started"} the move of ${name}:${partitionIndex}\n`);
      } else {
        terminal.writeError(`${name}:${partitionIndex}: ${errorName(errorCode)}: ${errorMessage ?? ""}\n`);
        exitCode = 1;
      }
    }
  }
  if (plan.length === 0) await terminal.write("No partition is moving\n");
  return exitCode;
}

interface Move {
  readonly topic: string;
  readonly partition: number;
  readonly replicas: readonly number[];
  readonly adding: readonly number[];
  readonly removing: readonly number[];
}

async function movesOf(client: ClusterClient): Promise<Move[]> {
  const body = { timeoutMs: REQUEST_TIMEOUT_MS, topics: null };
  const answer = await client.request(ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse, body);
  if (answer.errorCode !== ErrorCode.NONE) throw new BrokerError(answer.errorCode, answer.errorMessage);
  return answer.topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex, replicas, addingReplicas, removingReplicas }) => ({
      topic: name,
      partition: partitionIndex,
      replicas,
      adding: addingReplicas,
      removing: removingReplicas,
    })),
  );
}

async function listMoves({ terminal }: CommandContext, client: ClusterClient): Promise<number> {
  const moves = await movesOf(client);
  if (moves.length === 0) {
    await terminal.write("No partition is moving\n");
    return 0;
  }
  const rows = moves.map(({ topic, partition, replicas, adding, removing }) => [
    `${topic}:${partition}`,
    replicas.join(),
    adding.join() || "-",
    removing.join() || "-",
  ]);
  await terminal.write(textTable([["PARTITION", "REPLICAS", "ADDING", "REMOVING"], ...rows]));
  return 0;
}

async function untilMoved({ terminal }: CommandContext, client: ClusterClient, plan: readonly ReplicaPlan[]) {
  const isWanted = (move: Move) =>
    plan.some(({ topic, partition }) => topic === move.topic && partition === move.partition);
  while ((await client.retry(() => movesOf(client))).some(isWanted)) await client.pause(WAIT_POLL_MS);
  await terminal.write("Everything has moved\n");
}
