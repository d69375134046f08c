import { BrokerError } from "../client/client-error.ts";
import type { ClusterClient } from "../client/cluster-client.ts";
import { ConsumerGroups, type PartitionOffset } from "../client/consumer-groups.ts";
import { listOffsets, partitionName, type TopicPartition } from "../client/partition-offsets.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { EARLIEST_TIMESTAMP, LATEST_TIMESTAMP } from "../protocol/list-offsets-timestamps.ts";
import { type ParsedArguments, UsageError } from "./arguments.ts";
import { clusterOptions, withCluster } from "./cluster-options.ts";
import { type Command, type CommandContext, checkOperands } from "./command.ts";
import { counted } from "./counted.ts";
import { describeFailure } from "./failure.ts";
import { newOffsetOf, type ResetTarget, resetTargetOf, resetTargetOptions } from "./offset-reset-plan.ts";
import { type NamedPartitions, parsePartitionList } from "./partition-name.ts";
import { textTable } from "./text-table.ts";

const INACTIVE_STATES: ReadonlySet<string> = new Set(["Empty", "Dead"]);

export const resetOffsetsCommand: Command = {
  name: "group reset-offsets",
  summary: "Let a group go on from somewhere else.",
  operands: "GROUP",
  description:
    "Only of a group without members: stop its consumers first. Without --execute nothing changes: what would be is shown.",
  options: [
    ...clusterOptions,
    {
      name: "topic",
      short: "t",
      value: "TOPIC[:PARTITION[,PARTITION]...]",
      repeated: true,
      documentation: "Partitions of a topic, all of them without numbers; can be given several times.",
    },
    { name: "all-topics", documentation: "Every partition that the group has committed an offset of." },
    ...resetTargetOptions,
    { name: "dry-run", documentation: "Only show what would change; so it is without --execute, too." },
    { name: "execute", documentation: "Commit the new offsets." },
  ],
  examples: [
    "polylog group reset-offsets readers --topic orders --to-earliest",
    "polylog group reset-offsets readers --topic orders:0,1 --shift-by -100 --execute",
    "polylog group reset-offsets readers --all-topics --to-datetime 2026-03-31T08:00 --execute",
  ],
  async run(context, args) {
    checkOperands(args, 1, 1, "GROUP");
    const [groupId = ""] = args.operands;
    const target = resetTargetOf(args);
    const wanted = wantedPartitions(args);
    if (args.has("execute") && args.has("dry-run")) {
      throw new UsageError("--execute and --dry-run can't both be given");
    }
    return withCluster(context, args, async (client) => {
      const groups = new ConsumerGroups(client);
      await checkInactive(context, groups, groupId);
      const committed = await groups.committedOffsets(groupId);
      const partitions = wanted === undefined ? await stillThere(client, committed) : await named(client, wanted);
      const moves = await plan(context, client, target, partitions, committed);
      if (moves.length === 0) {
        await context.terminal.write(`There is nothing to reset: group ${groupId} has committed no offsets\n`);
        return 0;
      }
      await context.terminal.write(moveTable(moves));
      if (args.has("execute")) return execute(context, groups, groupId, moves);
      await context.terminal.write("Nothing has changed: --execute commits the new offsets\n");
      return 0;
    });
  },
};

interface Move extends PartitionOffset {
  readonly committed: number | undefined;
}

/** Undefined for all that the group has offsets of. */
function wantedPartitions(args: ParsedArguments): readonly NamedPartitions[] | undefined {
  const topics = args.all("topic");
  if (args.has("all-topics") === topics.length > 0) {
    throw new UsageError("Give either --topic TOPIC[:PARTITION[,PARTITION]...] or --all-topics");
  }
  return args.has("all-topics") ? undefined : topics.flatMap(parsePartitionList);
}

/** The coordinator would refuse the commit, too; this says why, and before anything else. */
async function checkInactive({ terminal }: CommandContext, groups: ConsumerGroups, groupId: string): Promise<void> {
  const group = await groups.describe(groupId);
  if (group === undefined) {
    terminal.writeError(`There is no group ${groupId} yet\n`);
  } else if (!INACTIVE_STATES.has(group.state)) {
    throw new Error(
      `Offsets can only be reset while a group has no members, and the state of ${groupId} is ${group.state}: stop its consumers first`,
    );
  }
}

async function stillThere(client: ClusterClient, partitions: readonly TopicPartition[]) {
  const topics = await client.topics();
  return partitions.filter(({ topic, partition }) =>
    topics.some(({ name, partitions }) => name === topic && partition < partitions.length),
  );
}

async function named(client: ClusterClient, wanted: readonly NamedPartitions[]): Promise<readonly TopicPartition[]> {
  const found = new Map<string, TopicPartition>();
  for (const { topic, partition } of wanted) {
    const { partitions } = await client.topic(topic);
    if (partition !== undefined && partition >= partitions.length) {
      throw new RangeError(`Topic ${topic} has partitions 0 to ${partitions.length - 1}`);
    }
    for (const { id } of partitions) {
      if (partition === undefined || partition === id)
        found.set(partitionName({ topic, partition: id }), { topic, partition: id });
    }
  }
  return [...found.values()];
}

async function plan(
  { terminal }: CommandContext,
  client: ClusterClient,
  target: ResetTarget,
  partitions: readonly TopicPartition[],
  committed: readonly PartitionOffset[],
): Promise<readonly Move[]> {
  const committedOf = new Map(committed.map((partition) => [partitionName(partition), partition.offset]));
  const firsts = await listOffsets(client, partitions, EARLIEST_TIMESTAMP);
  const ends = await listOffsets(client, partitions, LATEST_TIMESTAMP);
  const ofTimestamp =
    target.kind === "timestamp" ? await listOffsets(client, partitions, target.timestampMs) : new Map<string, number>();
  return partitions.map((partition) => {
    const name = partitionName(partition);
    const [firstOffset, endOffset] = [firsts.get(name), ends.get(name)];
    if (firstOffset === undefined || endOffset === undefined) {
      throw new BrokerError(ErrorCode.LEADER_NOT_AVAILABLE, `${name} has no leader`);
    }
    const committed = committedOf.get(name);
    const known = { firstOffset, endOffset, committed, offsetOfTimestamp: ofTimestamp.get(name) ?? -1 };
    const moved = newOffsetOf(target, known);
    if (moved === undefined) throw new Error(`${name} can't be shifted: the group has committed no offset of it`);
    if (moved.note !== undefined) terminal.writeError(`${name}: ${moved.note}\n`);
    return { ...partition, offset: moved.offset, committed };
  });
}

function moveTable(moves: readonly Move[]): string {
  const rows = moves.map(({ topic, partition, committed, offset }) => [topic, partition, committed ?? "-", offset]);
  return textTable([["TOPIC", "PARTITION", "CURRENT-OFFSET", "NEW-OFFSET"], ...rows]);
}

async function execute(
  { terminal }: CommandContext,
  groups: ConsumerGroups,
  groupId: string,
  moves: readonly Move[],
): Promise<number> {
  const results = await groups.commit(groupId, moves);
  const failed = results.filter(({ errorCode }) => errorCode !== ErrorCode.NONE);
  for (const result of failed) {
    terminal.writeError(`${partitionName(result)}: ${describeFailure(new BrokerError(result.errorCode))}\n`);
  }
  const done = results.length - failed.length;
  if (done > 0) await terminal.write(`Reset ${counted(done, "partition")} of group ${groupId}\n`);
  return failed.length > 0 ? 1 : 0;
}
