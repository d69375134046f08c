import { BrokerError } from "../client/client-error.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { clusterOptions, withCluster } from "./cluster-options.ts";
import { type Command, checkOperands } from "./command.ts";
import { textTable } from "./text-table.ts";
import { sourceName, topicSettings } from "./topic-settings.ts";

export const topicConfigCommand: Command = {
  name: "topic config",
  summary: "Show the settings that hold for a topic, and where each comes from.",
  operands: "TOPIC [KEY]...",
  description:
    "Without KEY: all of them. FROM is topic for one that 'polylog topic alter --config' has made, broker or all brokers for one that was made while brokers ran, server.properties, or default.",
  options: clusterOptions,
  examples: ["polylog topic config orders", "polylog topic config orders retention.ms segment.bytes"],
  async run(context, args) {
    checkOperands(args, 1, Number.POSITIVE_INFINITY, "TOPIC");
    const [name = "", ...keys] = args.operands;
    return withCluster(context, args, async (client) => {
      const settings = (await topicSettings(client, [name], keys.length > 0 ? keys : null)).get(name);
      if (settings === undefined) throw new BrokerError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
      const rows = [...settings]
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map((setting) => [setting.name, setting.value ?? "-", sourceName(setting)]);
      await context.terminal.write(textTable([["KEY", "VALUE", "FROM"], ...rows]));
      const known = new Set(settings.map((setting) => setting.name));
      const unknown = keys.filter((key) => !known.has(key));
      for (const key of unknown) context.terminal.writeError(`polylog topic config: there is no setting ${key}\n`);
      return unknown.length > 0 ? 1 : 0;
    });
  },
};
