import { BrokerError } from "../client/client-error.ts";
import { ConsumerGroups } from "../client/consumer-groups.ts";
import { ErrorCode } from "../protocol/error-codes.ts";
import { clusterOptions, withCluster } from "./cluster-options.ts";
import { type Command, checkOperands } from "./command.ts";
import { describeFailure } from "./failure.ts";
import { textTable } from "./text-table.ts";

export const listGroupsCommand: Command = {
  name: "group list",
  summary: "List consumer groups.",
  options: [
    ...clusterOptions,
    {
      name: "state",
      short: "s",
      value: "STATE",
      repeated: true,
      documentation: "Only groups in this state (Stable, Empty, ...); can be given several times.",
    },
    { name: "verbose", short: "v", documentation: "Also their types, protocols and states." },
  ],
  async run(context, args) {
    checkOperands(args, 0, 0, "");
    const states = args.all("state").map((state) => state.toLowerCase());
    return withCluster(context, args, async (client) => {
      const all = await new ConsumerGroups(client).list();
      const groups = all.filter(({ state }) => states.length === 0 || states.includes(state.toLowerCase()));
      const rows = groups.map(({ groupId, type, protocolType, state }) => [
        groupId,
        type || "-",
        protocolType || "-",
        state || "-",
      ]);
      const table = () => textTable([["GROUP", "TYPE", "PROTOCOL", "STATE"], ...rows]);
      await context.terminal.write(
        args.has("verbose") ? table() : groups.map(({ groupId }) => `${groupId}\n`).join(""),
      );
      return 0;
    });
  },
};

export const deleteGroupsCommand: Command = {
  name: "group delete",
  summary: "Delete groups with the offsets that they have committed.",
  operands: "GROUP...",
  description: "Only of groups without members: stop the consumers first.",
  options: [...clusterOptions, { name: "if-exists", documentation: "Succeed when there is no such group." }],
  async run(context, args) {
    checkOperands(args, 1, Number.POSITIVE_INFINITY, "GROUP");
    return withCluster(context, args, async (client) => {
      const groups = new ConsumerGroups(client);
      let exitCode = 0;
      for (const groupId of args.operands) {
        try {
          await groups.delete(groupId);
          await context.terminal.write(`Deleted group ${groupId}\n`);
        } catch (error) {
          if (!(error instanceof BrokerError)) throw error;
          if (error.errorCode === ErrorCode.GROUP_ID_NOT_FOUND && args.has("if-exists")) continue;
          context.terminal.writeError(`polylog group delete: ${groupId}: ${describeFailure(error)}\n`);
          exitCode = 1;
        }
      }
      return exitCode;
    });
  },
};
