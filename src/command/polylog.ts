/** The `polylog` command: finds the command that is meant, and turns what goes wrong into a message and an exit code. */
import { VERSION } from "../client/software.ts";
import { closestName } from "../config/closest-name.ts";
import { parseArguments, UsageError } from "./arguments.ts";
import type { Command, CommandEnvironment } from "./command.ts";
import { describeFailure } from "./failure.ts";
import { helpOf, overview } from "./help.ts";

const EXIT_OK = 0;
const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;

/** Only the command that runs is loaded: help is instant, and a client does not load the broker. */
const COMMANDS: readonly { readonly name: string; readonly summary: string; load(): Promise<Command> }[] = [
  {
    name: "server",
    summary: "Start a broker.",
    load: async () => (await import("./server-command.ts")).serverCommand,
  },
  {
    name: "topic create",
    summary: "Create a topic.",
    load: async () => (await import("./topic-commands.ts")).createTopicCommand,
  },
  {
    name: "topic list",
    summary: "List topics.",
    load: async () => (await import("./topic-commands.ts")).listTopicsCommand,
  },
  {
    name: "topic describe",
    summary: "Show partitions, leaders and settings of topics.",
    load: async () => (await import("./topic-commands.ts")).describeTopicsCommand,
  },
  {
    name: "topic config",
    summary: "Show the settings that hold for a topic, and where each comes from.",
    load: async () => (await import("./topic-config-command.ts")).topicConfigCommand,
  },
  {
    name: "topic alter",
    summary: "Give a topic more partitions, or other settings.",
    load: async () => (await import("./alter-topic-command.ts")).alterTopicCommand,
  },
  {
    name: "topic delete",
    summary: "Delete topics with their records.",
    load: async () => (await import("./topic-commands.ts")).deleteTopicsCommand,
  },
  {
    name: "produce",
    summary: "Send the lines of standard input as records.",
    load: async () => (await import("./produce-command.ts")).produceCommand,
  },
  {
    name: "consume",
    summary: "Print records as lines.",
    load: async () => (await import("./consume-command.ts")).consumeCommand,
  },
  {
    name: "group list",
    summary: "List consumer groups.",
    load: async () => (await import("./group-commands.ts")).listGroupsCommand,
  },
  {
    name: "group describe",
    summary: "Show how far groups have consumed, and who their members are.",
    load: async () => (await import("./describe-group-command.ts")).describeGroupsCommand,
  },
  {
    name: "group reset-offsets",
    summary: "Let a group go on from somewhere else.",
    load: async () => (await import("./reset-offsets-command.ts")).resetOffsetsCommand,
  },
  {
    name: "group delete",
    summary: "Delete groups with the offsets that they have committed.",
    load: async () => (await import("./group-commands.ts")).deleteGroupsCommand,
  },
  {
    name: "cluster describe",
    summary: "Show the brokers of the cluster and how its partitions are.",
    load: async () => (await import("./cluster-commands.ts")).describeClusterCommand,
  },
  {
    name: "cluster quorum",
    summary: "Show the controllers of the cluster and how far they have followed the metadata.",
    load: async () => (await import("./cluster-commands.ts")).describeQuorumCommand,
  },
  {
    name: "cluster reassign",
    summary: "Move replicas of partitions to other brokers.",
    load: async () => (await import("./reassign-command.ts")).reassignCommand,
  },
  {
    name: "cluster elect",
    summary: "Elect leaders of partitions.",
    load: async () => (await import("./cluster-commands.ts")).electLeadersCommand,
  },
  {
    name: "log dump",
    summary: "Print what the files of a log hold.",
    load: async () => (await import("./log-dump-command.ts")).logDumpCommand,
  },
  {
    name: "log verify",
    summary: "Check a data directory, or one partition, for damage.",
    load: async () => (await import("./log-verify-command.ts")).logVerifyCommand,
  },
  {
    name: "metadata shell",
    summary: "Show what the metadata files of a node say about the cluster.",
    load: async () => (await import("./metadata-commands.ts")).metadataShellCommand,
  },
  {
    name: "storage format",
    summary: "Prepare the log directories of a node.",
    load: async () => (await import("./storage-commands.ts")).formatCommand,
  },
  {
    name: "storage info",
    summary: "Show what the log directories of a node say.",
    load: async () => (await import("./storage-commands.ts")).infoCommand,
  },
  {
    name: "storage random-uuid",
    summary: "Print an id for a new cluster.",
    load: async () => (await import("./storage-commands.ts")).randomUuidCommand,
  },
];

/** Runs a command line and resolves with the exit code. */
export async function runPolylog(args: readonly string[], environment: CommandEnvironment): Promise<number> {
  const { terminal } = environment;
  if (args[0] === "--version") {
    await terminal.write(`polylog ${VERSION}\n`);
    return EXIT_OK;
  }
  if (args[0] === "help" && args.length > 1) return runPolylog([...args.slice(1), "--help"], environment);
  const found = find(args);
  if (found === undefined) return explain(args, environment);
  const command = await found.load();
  const rest = args.slice(found.name.split(" ").length);
  try {
    if (asksForHelp(rest)) {
      await terminal.write(helpOf(command));
      return EXIT_OK;
    }
    const parsed = parseArguments(rest, command.options);
    const runtime = await environment.loadRuntime(command.isService ?? false);
    return await command.run({ ...environment, runtime }, parsed);
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.writeError(`polylog ${command.name}: ${error.message}\nSee polylog ${command.name} --help\n`);
      return EXIT_USAGE;
    }
    terminal.writeError(`polylog ${command.name}: ${describeFailure(error)}\n`);
    return EXIT_FAILURE;
  }
}

function find(args: readonly string[]) {
  return COMMANDS.find(({ name }) => name.split(" ").every((word, index) => args[index] === word));
}

function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return args.slice(0, end < 0 ? args.length : end).some((arg) => arg === "--help" || arg === "-h");
}

/** No command: the list of those that are meant, as help when it was asked for. */
async function explain(args: readonly string[], { terminal }: CommandEnvironment): Promise<number> {
  const [group = ""] = args;
  const ofGroup = COMMANDS.filter(({ name }) => name.startsWith(`${group} `));
  const text = ofGroup.length > 0 ? overview(ofGroup, `polylog ${group}`) : overview(COMMANDS);
  if (asksForHelp(args) || group === "help") {
    await terminal.write(text);
    return EXIT_OK;
  }
  const words = args.filter((arg) => !arg.startsWith("-")).slice(0, 2);
  const isMistake = words.length > 1 || (words.length > 0 && ofGroup.length === 0);
  terminal.writeError(isMistake ? describeMistake(args, words, text) : text);
  return EXIT_USAGE;
}

/** The list would push what helps out of sight. */
function describeMistake(args: readonly string[], words: readonly string[], list: string): string {
  if (args[0]!.startsWith("-")) {
    return `polylog: options come behind the command, as in polylog topic list ${args[0]}\nSee polylog --help\n`;
  }
  const problem = `polylog: there is no command '${words.join(" ")}'`;
  const meant = meantBy(words);
  return meant === undefined ? `${problem}\n\n${list}` : `${problem}. Did you mean '${meant}'?\nSee polylog --help\n`;
}

/** A second word may be an operand, or a mistake of its own. */
function meantBy(words: readonly string[]): string | undefined {
  const names = COMMANDS.map(({ name }) => name);
  const first = new Set(names.map((name) => name.split(" ")[0]!));
  return closestName(words.join(" "), names) ?? closestName(words[0]!, first);
}
