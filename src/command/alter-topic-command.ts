import { BrokerError } from "../client/client-error.ts";
import type { ClusterClient } from "../client/cluster-client.ts";
import { ConfigOperation } from "../protocol/config-operation.ts";
import { ConfigResourceType } from "../protocol/config-resource-type.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { CreatePartitionsRequest, CreatePartitionsResponse } from "../protocol/messages/create-partitions.ts";
import {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from "../protocol/messages/incremental-alter-configs.ts";
import { integerOption, type ParsedArguments, pairsOption, UsageError } from "./arguments.ts";
import { clusterOptions, REQUEST_TIMEOUT_MS, withCluster } from "./cluster-options.ts";
import { type Command, checkOperands } from "./command.ts";
import { counted } from "./counted.ts";

const { SET, DELETE } = ConfigOperation;

export const alterTopicCommand: Command = {
  name: "topic alter",
  summary: "Give a topic more partitions, or other settings.",
  operands: "TOPIC",
  description:
    "Settings that are not named stay as they are. What can't be done as a whole is refused as a whole, before anything changes.",
  options: [
    ...clusterOptions,
    {
      name: "partitions",
      short: "p",
      value: "COUNT",
      documentation:
        "How many partitions there are to be, more than now. Records stay where they are; new ones of a key may go to another partition than before.",
    },
    {
      name: "config",
      short: "c",
      value: "KEY=VALUE",
      repeated: true,
      documentation: "A setting of the topic, for example retention.ms=86400000.",
    },
    {
      name: "delete-config",
      value: "KEY",
      repeated: true,
      documentation: "Take a setting of the topic away, so that the broker's holds again.",
    },
    { name: "dry-run", documentation: "Only ask the cluster whether it would do it." },
  ],
  examples: [
    "polylog topic alter orders --partitions 12",
    "polylog topic alter orders --config retention.ms=86400000 --delete-config segment.bytes",
  ],
  async run(context, args) {
    checkOperands(args, 1, 1, "TOPIC");
    const [name = ""] = args.operands;
    const change = changeOf(args);
    return withCluster(context, args, async (client) => {
      await apply(client, name, change, true);
      if (args.has("dry-run")) {
        await context.terminal.write(`Nothing has changed: topic ${name} could be altered so\n`);
        return 0;
      }
      await apply(client, name, change, false);
      const { partitions, configs } = change;
      const now = partitions === undefined ? [] : [`it has ${counted(partitions, "partition")} now`];
      const settings = configs.map(({ name, value }) =>
        value === null ? `${name} is taken away` : `${name}=${value}`,
      );
      await context.terminal.write(`Altered topic ${name}: ${[...now, ...settings].join(", ")}\n`);
      return 0;
    });
  },
};

interface TopicChange {
  readonly partitions: number | undefined;
  readonly configs: readonly {
    readonly name: string;
    readonly configOperation: number;
    readonly value: string | null;
  }[];
}

function changeOf(args: ParsedArguments): TopicChange {
  const partitions = integerOption(args, "partitions", 1, 2 ** 31 - 1);
  const set = pairsOption(args, "config").map(([name, value]) => ({ name, configOperation: SET, value }));
  const deleted = args.all("delete-config").map((name) => ({ name, configOperation: DELETE, value: null }));
  if (partitions === undefined && set.length + deleted.length === 0) {
    throw new UsageError("Nothing to change: give --partitions, --config or --delete-config");
  }
  return { partitions, configs: [...set, ...deleted] };
}

async function apply(
  client: ClusterClient,
  name: string,
  { partitions, configs }: TopicChange,
  validateOnly: boolean,
): Promise<void> {
  if (configs.length > 0) {
    const resources = [{ resourceType: ConfigResourceType.TOPIC, resourceName: name, configs: [...configs] }];
    const body = { resources, validateOnly };
    const answer = await client.request(IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse, body);
    check(answer.responses[0]);
  }
  if (partitions !== undefined) {
    const topics = [{ name, count: partitions, assignments: null }];
    const body = { topics, timeoutMs: REQUEST_TIMEOUT_MS, validateOnly };
    const answer = await client.request(CreatePartitionsRequest, CreatePartitionsResponse, body);
    check(answer.results[0]);
  }
}

function check(result: { readonly errorCode: number; readonly errorMessage: string | null } | undefined): void {
  const { errorCode, errorMessage } = result ?? { errorCode: ErrorCode.UNKNOWN_SERVER_ERROR, errorMessage: null };
  if (errorCode !== ErrorCode.NONE) throw new BrokerError(errorCode, errorMessage);
}
