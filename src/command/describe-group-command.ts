import { BrokerError } from "../client/client-error.ts";
import type { ClusterClient } from "../client/cluster-client.ts";
import { ConsumerGroups, type GroupDescription, type GroupMember } from "../client/consumer-groups.ts";
import { groupedBy } from "../client/grouped-by.ts";
import { listOffsets, partitionName, type TopicPartition } from "../client/partition-offsets.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { LATEST_TIMESTAMP } from "../protocol/list-offsets-timestamps.ts";
import { clusterOptions, withCluster } from "./cluster-options.ts";
import type { Command } from "./command.ts";
import { describeFailure } from "./failure.ts";
import { textTable } from "./text-table.ts";

export const describeGroupsCommand: Command = {
  name: "group describe",
  summary: "Show how far groups have consumed, and who their members are.",
  operands: "[GROUP]...",
  description:
    "Without GROUP: all groups. LAG is how many records a group has yet to consume of a partition; a dash stands for what is not known: an offset that was not committed yet, the end of a partition that is gone.",
  options: [
    ...clusterOptions,
    { name: "members", short: "m", documentation: "The members and what is assigned to them, in place of offsets." },
  ],
  examples: ["polylog group describe", "polylog group describe readers --members"],
  async run(context, args) {
    return withCluster(context, args, async (client) => {
      const { terminal } = context;
      const groups = new ConsumerGroups(client);
      const names = args.operands.length > 0 ? args.operands : (await groups.list()).map(({ groupId }) => groupId);
      let exitCode = 0;
      for (const [index, groupId] of names.entries()) {
        const group = await groups.describe(groupId);
        if (group === undefined) {
          const failure = describeFailure(new BrokerError(ErrorCode.GROUP_ID_NOT_FOUND));
          terminal.writeError(`polylog group describe: ${groupId}: ${failure}\n`);
          exitCode = 1;
          continue;
        }
        const details = args.has("members") ? memberTable(group) : await offsetTable(client, groups, group);
        await terminal.write(`${index > 0 ? "\n" : ""}${heading(group)}${details}`);
      }
      return exitCode;
    });
  },
};

function heading({ groupId, type, state, protocol, coordinatorId, members }: GroupDescription): string {
  const fields = [
    `Group: ${groupId}`,
    `Type: ${type || "-"}`,
    `State: ${state || "-"}`,
    `Protocol: ${protocol || "-"}`,
    `Coordinator: ${coordinatorId}`,
    `Members: ${members?.length ?? "-"}`,
  ];
  return `${fields.join("\t")}\n`;
}

/** Of every partition that the group has committed an offset of, or that is assigned to somebody. */
async function offsetTable(client: ClusterClient, groups: ConsumerGroups, group: GroupDescription): Promise<string> {
  const committed = await groups.committedOffsets(group.groupId);
  const offsets = new Map(committed.map((partition) => [partitionName(partition), partition.offset]));
  const owners = new Map<string, GroupMember>();
  const partitions = new Map<string, TopicPartition>(committed.map((it) => [partitionName(it), it]));
  for (const member of group.members ?? []) {
    for (const partition of member.partitions) {
      owners.set(partitionName(partition), member);
      partitions.set(partitionName(partition), partition);
    }
  }
  if (partitions.size === 0) return "";
  const ends = await listOffsets(client, [...partitions.values()], LATEST_TIMESTAMP);
  const rows = [...partitions]
    .sort(([, a], [, b]) => compare(a, b))
    .map(([name, { topic, partition }]) => {
      const [offset, end, owner] = [offsets.get(name), ends.get(name), owners.get(name)];
      const lag = offset === undefined || end === undefined ? undefined : end - offset;
      const known = [offset, end, lag, owner?.memberId, owner?.clientHost, owner?.clientId];
      return [topic, partition, ...known.map((value) => value ?? "-")];
    });
  const columns = ["TOPIC", "PARTITION", "CURRENT-OFFSET", "LOG-END-OFFSET", "LAG", "CONSUMER-ID", "HOST", "CLIENT-ID"];
  return textTable([columns, ...rows]);
}

function memberTable({ members }: GroupDescription): string {
  if (members === undefined) return "Apache Kafka's kafka-consumer-groups shows the members of a group of this type\n";
  if (members.length === 0) return "";
  const rows = members.map(({ memberId, groupInstanceId, clientHost, clientId, partitions }) => [
    memberId,
    groupInstanceId ?? "-",
    clientHost,
    clientId,
    partitions.length,
    assignmentText(partitions) || "-",
  ]);
  const columns = ["CONSUMER-ID", "GROUP-INSTANCE-ID", "HOST", "CLIENT-ID", "#PARTITIONS", "ASSIGNMENT"];
  return textTable([columns, ...rows]);
}

/** `orders(0,1),payments(0)`. */
function assignmentText(partitions: readonly TopicPartition[]): string {
  const byTopic = groupedBy([...partitions].sort(compare), ({ topic }) => topic);
  return [...byTopic].map(([topic, those]) => `${topic}(${those.map(({ partition }) => partition).join()})`).join();
}

function compare(a: TopicPartition, b: TopicPartition): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1;
  return a.partition - b.partition;
}
