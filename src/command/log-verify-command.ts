import { type CheckProgress, DataDirectoryCheck } from "../inspection/data-directory-check.ts";
import type { Finding, Severity } from "../inspection/finding.ts";
import { LOCK_FILE } from "../log/directory-lock.ts";
import type { FileSystem } from "../runtime.ts";
import type { ParsedArguments } from "./arguments.ts";
import { type Command, type CommandContext, checkOperands } from "./command.ts";
import { describeFileFailure } from "./failure.ts";
import { findingText } from "./finding-text.ts";
import { grouped, ProgressLine, progressBar, readableBytes } from "./progress-line.ts";

export const logVerifyCommand: Command = {
  name: "log verify",
  summary: "Check a data directory, or one partition, for damage.",
  operands: "DIR...",
  description:
    "Reads every file of a log directory (one of log.dirs) or of a partition in it: checksums, offsets and records of all batches, whether every index entry points to the right batch and time, leader epochs, producer snapshots, checkpoints, the metadata log and its snapshots. Says of everything that is wrong what the next start of a broker would do about it. Nothing is written. Best run while no broker uses the directory. The exit code is 1 when something is wrong, 0 when nothing is.",
  options: [
    { name: "json", documentation: "One JSON object a line: the findings, then a summary." },
    {
      name: "quiet",
      short: "q",
      documentation: "Leave out notes: what a stopped or killed broker leaves as a matter of course.",
    },
  ],
  examples: ["polylog log verify /var/lib/polylog/data", "polylog log verify /var/lib/polylog/data/orders-0"],
  run: verify,
};

type Counts = Record<Severity, number>;

async function verify(context: CommandContext, args: ParsedArguments): Promise<number> {
  checkOperands(args, 1, Number.POSITIVE_INFINITY, "DIR");
  let exitCode = 0;
  for (const directory of args.operands) {
    try {
      if ((await verifyDirectory(context, args, directory)) > 0) exitCode = 1;
    } catch (error) {
      context.terminal.writeError(`polylog log verify: ${describeFileFailure(directory, error)}\n`);
      exitCode = 1;
    }
  }
  return exitCode;
}

/** Resolves with the number of things that are wrong. */
async function verifyDirectory(context: CommandContext, args: ParsedArguments, directory: string): Promise<number> {
  const { runtime, terminal } = context;
  const check = new DataDirectoryCheck(runtime, directory, (path) => isInUse(runtime.files, path));
  const counts: Counts = { note: 0, repaired: 0, damaged: 0, refused: 0 };
  const startedMs = runtime.clock.elapsed();
  const progress = new ProgressLine(runtime.clock, terminal, (elapsedMs) => progressLine(check.progress, elapsedMs));
  try {
    for (const finding of check.run()) {
      if (finding === undefined) {
        await new Promise<void>((resolve) => runtime.clock.defer(resolve));
        continue;
      }
      counts[finding.severity]++;
      if (finding.severity === "note" && args.has("quiet")) continue;
      progress.clear();
      await print(context, args, finding);
    }
  } finally {
    progress.stop();
  }
  const wrong = counts.repaired + counts.damaged + counts.refused;
  const elapsedMs = Math.round(runtime.clock.elapsed() - startedMs);
  const { partitions, bytes } = check.progress;
  await terminal.write(
    args.has("json")
      ? `${JSON.stringify({ type: "summary", directory, partitions, bytes, elapsedMs, ...counts })}\n`
      : `${directory}: ${grouped(partitions)} ${partitions === 1 ? "partition" : "partitions"}, ${readableBytes(bytes)} in ${(elapsedMs / 1000).toFixed(1)} s: ${verdict(counts)}\n`,
  );
  return wrong;
}

async function print({ terminal }: CommandContext, args: ParsedArguments, finding: Finding): Promise<void> {
  await terminal.write(
    args.has("json") ? `${JSON.stringify({ type: "finding", ...finding })}\n` : findingText(finding),
  );
}

function progressLine({ partitions, totalPartitions, bytes, totalBytes }: CheckProgress, elapsedMs: number): string {
  return `${progressBar(bytes, totalBytes, elapsedMs)}, partition ${grouped(partitions + 1)} of ${grouped(totalPartitions)}`;
}

function verdict({ repaired, damaged, refused }: Counts): string {
  const parts = [
    refused > 0 ? `${grouped(refused)} that stop a start` : "",
    damaged > 0 ? `${grouped(damaged)} with damage` : "",
    repaired > 0 ? `${grouped(repaired)} that the next start repairs` : "",
  ].filter((part) => part !== "");
  if (parts.length === 0) return "nothing is wrong";
  const count = repaired + damaged + refused;
  return `${grouped(count)} ${count === 1 ? "finding" : "findings"}: ${parts.join(", ")}`;
}

/** Without making the file: a directory that was never locked is in nobody's use. */
function isInUse(files: FileSystem, directory: string): boolean {
  const path = `${directory}/${LOCK_FILE}`;
  if (files.stat(path) === undefined) return false;
  try {
    const unlock = files.lock(path);
    unlock?.();
    return unlock === undefined;
  } catch {
    return false; // A volume that is mounted read-only, or somebody else's.
  }
}
