import { type DumpOptions, dumpFile } from "../inspection/dump-file.ts";
import { checkFile } from "../inspection/file-check.ts";
import type { Finding } from "../inspection/finding.ts";
import { RECORD_DECODERS } from "../inspection/record-decoders.ts";
import { integerOption, type ParsedArguments, UsageError } from "./arguments.ts";
import { type Command, type CommandContext, checkOperands } from "./command.ts";
import { dumpJson } from "./dump-json.ts";
import { DumpText } from "./dump-text.ts";
import { describeFileFailure } from "./failure.ts";
import { findingText } from "./finding-text.ts";

/** Lines are written together, up to so many characters. */
const WRITE_LENGTH = 64 * 1024;

export const logDumpCommand: Command = {
  name: "log dump",
  summary: "Print what the files of a log hold.",
  operands: "FILE...",
  description:
    "Knows, by their names, segments (.log), their indexes (.index, .timeindex, .txnindex), producer snapshots (.snapshot), snapshots of the metadata (.checkpoint), leader-epoch-checkpoint, partition.metadata, quorum-state, the checkpoints of a log directory and meta.properties. The records of __cluster_metadata, __consumer_offsets, __transaction_state and __share_group_state are decoded, as their directory's name tells. The exit code is 1 when something is damaged.",
  options: [
    { name: "print-records", short: "r", documentation: "Also the records of each batch." },
    {
      name: "verify",
      documentation:
        "Instead of printing it, check each file: of a segment the checksums, offsets and records, of an index whether each entry points to the right batch and time.",
    },
    { name: "json", documentation: "One JSON object a line, with Kafka's names." },
    { name: "offset", short: "o", value: "OFFSET", documentation: "Begin with the batch that holds this offset." },
    { name: "max-batches", short: "n", value: "COUNT", documentation: "Stop after so many batches of a file." },
    {
      name: "decoder",
      value: "NAME",
      documentation: `How to read records, when the directory's name does not tell: ${[...RECORD_DECODERS.keys()].join(", ")}, or none for bytes. Prints records.`,
    },
    { name: "full", documentation: "Print long keys and values whole; --json always does." },
  ],
  examples: [
    "polylog log dump data/orders-0/00000000000000000000.log --print-records",
    "polylog log dump --json data/__cluster_metadata-0/*.log | jq 'select(.type == \"batch\")'",
    "polylog log dump --verify data/orders-0/*index",
  ],
  run: dump,
};

async function dump(context: CommandContext, args: ParsedArguments): Promise<number> {
  checkOperands(args, 1, Number.POSITIVE_INFINITY, "FILE");
  const options = optionsOf(args);
  let exitCode = 0;
  for (const path of args.operands) {
    try {
      const isGood = args.has("verify") ? await verify(context, args, path) : await print(context, args, path, options);
      if (!isGood) exitCode = 1;
    } catch (error) {
      context.terminal.writeError(`polylog log dump: ${describeFileFailure(path, error)}\n`);
      exitCode = 1;
    }
  }
  return exitCode;
}

function optionsOf(args: ParsedArguments): DumpOptions {
  const name = args.get("decoder");
  const decoder = name === undefined ? undefined : name === "none" ? null : RECORD_DECODERS.get(name);
  if (name !== undefined && decoder === undefined) {
    throw new UsageError(`--decoder knows ${[...RECORD_DECODERS.keys()].join(", ")} and none, not '${name}'`);
  }
  return {
    printRecords: args.has("print-records") || name !== undefined,
    fromOffset: integerOption(args, "offset", 0) ?? Number.NEGATIVE_INFINITY,
    maxBatches: integerOption(args, "max-batches", 0) ?? Number.POSITIVE_INFINITY,
    ...(decoder === undefined ? {} : { decoder }),
  };
}

/** Resolves with whether nothing is damaged. */
async function print(
  { runtime, terminal }: CommandContext,
  args: ParsedArguments,
  path: string,
  options: DumpOptions,
): Promise<boolean> {
  const text = new DumpText(args.has("full"));
  let isGood = true;
  let output = "";
  try {
    for (const item of dumpFile(runtime, path, options)) {
      if (item !== undefined) {
        output += args.has("json") ? dumpJson(item) : text.of(item);
        if (item.type === "problem" || (item.type === "batch" && !item.isValid)) isGood = false;
      }
      if (output.length < WRITE_LENGTH) continue;
      await terminal.write(output);
      output = "";
    }
  } finally {
    // What could be read before a disk failed is wanted, too.
    if (output !== "") await terminal.write(output);
  }
  return isGood;
}

async function verify({ runtime, terminal }: CommandContext, args: ParsedArguments, path: string): Promise<boolean> {
  const findings: Finding[] = [];
  for (const finding of checkFile(runtime, path)) {
    if (finding === undefined) continue;
    findings.push(finding);
    await terminal.write(
      args.has("json") ? `${JSON.stringify({ type: "finding", ...finding })}\n` : findingText(finding),
    );
  }
  if (findings.length === 0 && !args.has("json")) await terminal.write(`${path}: nothing is wrong\n`);
  return findings.length === 0;
}
