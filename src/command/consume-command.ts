import { type ConsumedRecords, Consumer, type StartPosition } from "../client/consumer.ts";
import type { DecodedRecord } from "../record/record.ts";
import { integerOption, type ParsedArguments, UsageError } from "./arguments.ts";
import { clusterOptions, withCluster } from "./cluster-options.ts";
import { type Command, type CommandContext, checkOperands } from "./command.ts";
import { ProgressLine, progressText } from "./progress-line.ts";

const FIELDS = ["partition", "offset", "timestamp", "headers", "key", "value"] as const;
type Field = (typeof FIELDS)[number];

export const consumeCommand: Command = {
  name: "consume",
  summary: "Print records as lines.",
  operands: "TOPIC",
  description: "Without an option for the start: records that come from now on, until Ctrl-C.",
  options: [
    ...clusterOptions,
    { name: "from-beginning", short: "B", documentation: "Start at the first record that is kept." },
    {
      name: "offset",
      short: "o",
      value: "WHERE",
      documentation:
        "Start at an offset, at beginning or end, at -N (the last N of each partition), or at @MS (the first record at or after this time, in milliseconds since 1970).",
    },
    {
      name: "partition",
      short: "p",
      value: "NUMBER",
      repeated: true,
      documentation: "Only this partition; can be given several times.",
    },
    { name: "max-messages", short: "n", value: "COUNT", documentation: "Stop after so many records." },
    {
      name: "exit-at-end",
      short: "e",
      documentation: "Stop at the records that are the last ones when the command starts.",
    },
    { name: "timeout-ms", value: "MS", documentation: "Stop when nothing came for so long." },
    {
      name: "print",
      value: "FIELD[,FIELD]...",
      documentation: `What to print of a record: ${FIELDS.join(", ")} (value when left out).`,
    },
    {
      name: "key-separator",
      short: "K",
      value: "TEXT",
      documentation:
        "Print the key, TEXT and the value; with --print, what stands between fields (a tab when left out).",
    },
    {
      name: "null-marker",
      short: "Z",
      value: "TEXT",
      documentation: "What is printed for a key or value that is null (null when left out).",
    },
    { name: "read-committed", documentation: "Leave out records of transactions that are not committed." },
  ],
  examples: [
    "polylog consume greetings --from-beginning",
    "polylog consume orders -o -10 -e --print partition,offset,key,value",
  ],
  run: consume,
};

async function consume(context: CommandContext, args: ParsedArguments): Promise<number> {
  checkOperands(args, 1, 1, "TOPIC");
  const options = {
    topic: args.operands[0]!,
    partitions: partitionsOf(args),
    start: startOf(args),
    maxWaitMs: 500,
    maxBytes: 4 * 1024 * 1024,
    readCommitted: args.has("read-committed"),
  };
  const print = linePrinter(args);
  const limits: Limits = {
    maxRecords: integerOption(args, "max-messages", 0) ?? Number.POSITIVE_INFINITY,
    timeoutMs: integerOption(args, "timeout-ms", 0) ?? Number.POSITIVE_INFINITY,
    exitAtEnd: args.has("exit-at-end"),
  };
  return withCluster(context, args, async (client) => {
    const consumer = await Consumer.open(client, context.runtime.compression, options);
    const reader = new Reader(context, consumer, limits, print);
    const progress = new ProgressLine(context.runtime.clock, context.terminal, (elapsedMs) =>
      progressText("Read", reader.records, reader.bytes, elapsedMs),
    );
    try {
      await reader.run();
    } finally {
      progress.stop();
    }
    return 0;
  });
}

interface Limits {
  readonly maxRecords: number;
  readonly timeoutMs: number;
  readonly exitAtEnd: boolean;
}

/** Reads until a limit is reached or the process is asked to stop. */
class Reader {
  records = 0;
  bytes = 0;
  private readonly context: CommandContext;
  private readonly consumer: Consumer;
  private readonly limits: Limits;
  private readonly print: (record: DecodedRecord, partition: number) => Uint8Array;
  private isStopped = false;

  constructor(
    context: CommandContext,
    consumer: Consumer,
    limits: Limits,
    print: (record: DecodedRecord, partition: number) => Uint8Array,
  ) {
    this.context = context;
    this.consumer = consumer;
    this.limits = limits;
    this.print = print;
  }

  async run(): Promise<void> {
    const { runtime, terminal } = this.context;
    const stopped = terminal.stopRequested.then(() => {
      this.isStopped = true;
      return [];
    });
    const ends = this.limits.exitAtEnd ? await this.consumer.endOffsets() : undefined;
    let lastRecordMs = runtime.clock.elapsed();
    while (!this.isStopped && this.records < this.limits.maxRecords && !this.hasReached(ends)) {
      const polled = await Promise.race([this.consumer.poll(), stopped]);
      for (const part of polled) await this.printAll(part, ends?.get(part.partition));
      if (polled.some(({ records }) => records.length > 0)) lastRecordMs = runtime.clock.elapsed();
      else if (runtime.clock.elapsed() - lastRecordMs >= this.limits.timeoutMs) return;
    }
  }

  private hasReached(ends: ReadonlyMap<number, number> | undefined): boolean {
    if (ends === undefined) return false;
    return [...ends].every(([partition, end]) => this.consumer.position(partition) >= end);
  }

  /** What lies behind `end` came after the command started. */
  private async printAll({ partition, records }: ConsumedRecords, end = Number.POSITIVE_INFINITY): Promise<void> {
    const lines: Uint8Array[] = [];
    for (const record of records) {
      if (record.offset >= end || this.records >= this.limits.maxRecords) break;
      const line = this.print(record, partition);
      this.records++;
      this.bytes += line.length;
      lines.push(line);
    }
    if (lines.length > 0) await this.context.terminal.write(concatenated(lines));
  }
}

function startOf(args: ParsedArguments): StartPosition {
  const text = args.get("offset");
  if (args.has("from-beginning")) {
    if (text !== undefined) throw new UsageError("--from-beginning and --offset can't both be given");
    return { kind: "beginning" };
  }
  if (text === undefined || text === "end" || text === "latest") return { kind: "end" };
  if (text === "beginning" || text === "earliest") return { kind: "beginning" };
  const [, sign, digits] = /^([-@]?)(\d+)$/.exec(text) ?? [];
  const number = Number(digits);
  if (Number.isSafeInteger(number)) {
    if (sign === "-") return { kind: "last", count: number };
    return sign === "@" ? { kind: "timestamp", timestampMs: number } : { kind: "offset", offset: number };
  }
  throw new UsageError(`--offset is a number, -N, @MS, beginning or end, not '${text}'`);
}

function partitionsOf(args: ParsedArguments): readonly number[] | undefined {
  const given = args.all("partition");
  if (given.length === 0) return undefined;
  return given.map((text) => {
    if (!/^\d+$/.test(text)) throw new UsageError(`--partition needs a number, not '${text}'`);
    return Number(text);
  });
}

function linePrinter(args: ParsedArguments): (record: DecodedRecord, partition: number) => Uint8Array {
  const encoder = new TextEncoder();
  const keySeparator = args.get("key-separator");
  const fields = fieldsOf(args.get("print") ?? (keySeparator === undefined ? "value" : "key,value"));
  const separator = encoder.encode(keySeparator ?? "\t");
  const nullText = encoder.encode(args.get("null-marker") ?? "null");
  const newline = encoder.encode("\n");
  return (record, partition) => {
    const parts: Uint8Array[] = [];
    for (const field of fields) {
      if (parts.length > 0) parts.push(separator);
      parts.push(fieldBytes(field, record, partition, encoder) ?? nullText);
    }
    parts.push(newline);
    return concatenated(parts);
  };
}

function fieldsOf(text: string): readonly Field[] {
  return text.split(",").map((name) => {
    const field = FIELDS.find((it) => it === name.trim());
    if (field === undefined) throw new UsageError(`--print knows ${FIELDS.join(", ")}, not '${name}'`);
    return field;
  });
}

function fieldBytes(field: Field, record: DecodedRecord, partition: number, encoder: TextEncoder): Uint8Array | null {
  switch (field) {
    case "key":
      return record.key;
    case "value":
      return record.value;
    case "partition":
      return encoder.encode(String(partition));
    case "offset":
      return encoder.encode(String(record.offset));
    case "timestamp":
      return encoder.encode(String(record.timestamp));
    case "headers":
      return encoder.encode(headersText(record));
  }
}

function headersText({ headers }: DecodedRecord): string {
  const decoder = new TextDecoder();
  return headers.map(({ key, value }) => `${key}=${value === null ? "null" : decoder.decode(value)}`).join(",");
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let position = 0;
  for (const part of parts) {
    bytes.set(part, position);
    position += part.length;
  }
  return bytes;
}
