import { Producer } from "../client/producer.ts";
import type { RecordInput } from "../record/batch-builder.ts";
import { integerOption, type ParsedArguments, pairsOption, UsageError } from "./arguments.ts";
import { clusterOptions, withCluster } from "./cluster-options.ts";
import { type Command, type CommandContext, checkOperands } from "./command.ts";
import { linesOf } from "./line-splitter.ts";
import { ProgressLine, progressText } from "./progress-line.ts";

const COMPRESSIONS = ["none", "gzip", "snappy", "lz4", "zstd"] as const;
const ACKS = { all: -1, "-1": -1, "0": 0, "1": 1 } as const;
const BATCH_BYTES = 256 * 1024;
/** Lines that somebody types should be seen at once; lines of a file should fill their batches. */
const LINGER_MS = 20;

export const produceCommand: Command = {
  name: "produce",
  summary: "Send the lines of standard input as records.",
  operands: "TOPIC",
  description: "Each line is the value of a record. A topic that does not exist is created, if the broker allows it.",
  options: [
    ...clusterOptions,
    {
      name: "key-separator",
      short: "K",
      value: "TEXT",
      documentation: "What stands before the first TEXT of a line is the record's key.",
    },
    { name: "header", short: "H", value: "KEY=VALUE", repeated: true, documentation: "A header of every record." },
    {
      name: "null-marker",
      short: "Z",
      value: "TEXT",
      documentation: "A value that is TEXT becomes null: with a key, that deletes in a compacted topic.",
    },
    {
      name: "partition",
      short: "p",
      value: "NUMBER",
      documentation: "Send everything to this partition, rather than where the keys say.",
    },
    {
      name: "compression",
      short: "z",
      value: "CODEC",
      documentation: `How to compress batches: ${COMPRESSIONS.join(", ")} (none when left out).`,
    },
    {
      name: "acks",
      value: "0|1|all",
      documentation:
        "Who has to have a record before it counts as sent: nobody, the leader, all in-sync replicas (all when left out).",
    },
  ],
  examples: ["echo hello | polylog produce greetings", "polylog produce users --key-separator : < users.txt"],
  run: produce,
};

async function produce(context: CommandContext, args: ParsedArguments): Promise<number> {
  checkOperands(args, 1, 1, "TOPIC");
  const toRecord = recordMaker(args, () => context.runtime.clock.now());
  const options = {
    topic: args.operands[0]!,
    acks: acksOf(args),
    compression: compressionOf(args),
    partition: integerOption(args, "partition", 0),
    batchBytes: BATCH_BYTES,
    requestTimeoutMs: 30_000,
  };
  return withCluster(context, args, async (client) => {
    const producer = await Producer.open(client, context.runtime, options);
    const total = { records: 0, bytes: 0 };
    const progress = new ProgressLine(context.runtime.clock, context.terminal, (elapsedMs) =>
      progressText("Sent", producer.sentRecords, total.bytes, elapsedMs),
    );
    try {
      await sendLines(context, producer, toRecord, total);
    } finally {
      progress.stop();
    }
    return 0;
  });
}

async function sendLines(
  { runtime, terminal }: CommandContext,
  producer: Producer,
  toRecord: (line: Uint8Array) => RecordInput,
  total: { records: number; bytes: number },
): Promise<void> {
  let cancelFlush = () => {};
  for await (const lines of linesOf(terminal.input())) {
    cancelFlush();
    for (const line of lines) {
      const sent = producer.append(toRecord(line));
      if (sent !== undefined) await sent;
      total.records++;
      total.bytes += line.length;
    }
    // A failure shows up at the next append or at the end.
    cancelFlush = runtime.clock.schedule(LINGER_MS, () => void producer.flush().catch(() => {}));
  }
  cancelFlush();
  await producer.flush();
}

/** From a line to a record. Throws, with the number of the line, when the key is missing. */
function recordMaker(args: ParsedArguments, now: () => number): (line: Uint8Array) => RecordInput {
  const encoder = new TextEncoder();
  const headers = pairsOption(args, "header").map(([key, value]) => ({ key, value: encoder.encode(value) }));
  const separator = encoder.encode(args.get("key-separator") ?? "");
  const marker = args.get("null-marker");
  const nullMarker = marker === undefined ? undefined : encoder.encode(marker);
  let lineNumber = 0;
  return (line) => {
    lineNumber++;
    let key: Uint8Array | null = null;
    let value: Uint8Array | null = line;
    if (separator.length > 0) {
      const at = indexOfBytes(line, separator);
      if (at < 0) throw new Error(`Line ${lineNumber} has no '${args.get("key-separator")}' after its key`);
      key = line.subarray(0, at);
      value = line.subarray(at + separator.length);
    }
    if (nullMarker !== undefined && equalBytes(value, nullMarker)) value = null;
    return { timestamp: now(), key, value, headers };
  };
}

function acksOf(args: ParsedArguments): -1 | 0 | 1 {
  const text = args.get("acks") ?? "all";
  if (!Object.hasOwn(ACKS, text)) throw new UsageError(`--acks is 0, 1 or all, not '${text}'`);
  return ACKS[text as keyof typeof ACKS];
}

function compressionOf(args: ParsedArguments): (typeof COMPRESSIONS)[number] {
  const text = args.get("compression") ?? "none";
  const found = COMPRESSIONS.find((name) => name === text);
  if (found === undefined) throw new UsageError(`--compression is one of ${COMPRESSIONS.join(", ")}, not '${text}'`);
  return found;
}

function indexOfBytes(bytes: Uint8Array, wanted: Uint8Array): number {
  let at = bytes.indexOf(wanted[0]!);
  while (at >= 0) {
    if (equalBytes(bytes.subarray(at, at + wanted.length), wanted)) return at;
    at = bytes.indexOf(wanted[0]!, at + 1);
  }
  return -1;
}

function equalBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
