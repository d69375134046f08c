import { parseTimestamp } from "../inspection/timestamp-text.ts";
import { integerOption, type OptionDefinition, type ParsedArguments, UsageError } from "./arguments.ts";

/** Where the offsets of a group are to be. */
export type ResetTarget =
  | { readonly kind: "earliest" }
  | { readonly kind: "latest" }
  | { readonly kind: "current" }
  | { readonly kind: "offset"; readonly offset: number }
  /** The first record that is not older. */
  | { readonly kind: "timestamp"; readonly timestampMs: number }
  | { readonly kind: "shift"; readonly by: number };

/** What there is of a partition. */
export interface ResettablePartition {
  readonly firstOffset: number;
  readonly endOffset: number;
  /** Undefined when the group has committed none. */
  readonly committed: number | undefined;
  /** For a timestamp: -1 when every record is older. */
  readonly offsetOfTimestamp: number;
}

export interface NewOffset {
  readonly offset: number;
  /** Why it is not quite what was asked for. */
  readonly note?: string;
}

export const resetTargetOptions: readonly OptionDefinition[] = [
  { name: "to-earliest", documentation: "To the first record that is kept." },
  { name: "to-latest", documentation: "To the end: only records that come from now on." },
  {
    name: "to-current",
    documentation: "To what is committed, or to the end where nothing is, so that every partition has an offset.",
  },
  { name: "to-offset", value: "NUMBER", documentation: "To this offset, within what the partition holds." },
  {
    name: "to-datetime",
    value: "TIME",
    documentation:
      "To the first record of this time or later: 2026-03-31, 2026-03-31T08:00 or 2026-03-31T08:00:00.000+02:00; UTC without a zone.",
  },
  {
    name: "shift-by",
    value: "COUNT",
    documentation: "So many records on, or back with a minus, within what the partition holds.",
  },
];

/** Throws a {@link UsageError} unless there is exactly one. */
export function resetTargetOf(args: ParsedArguments): ResetTarget {
  const given = resetTargetOptions.filter(({ name }) => args.has(name));
  const [option] = given;
  if (option === undefined || given.length > 1) {
    const names = resetTargetOptions.map(({ name }) => `--${name}`).join(", ");
    throw new UsageError(`One of ${names} says where to${given.length > 1 ? ", and just one" : ""}`);
  }
  switch (option.name) {
    case "to-earliest":
      return { kind: "earliest" };
    case "to-latest":
      return { kind: "latest" };
    case "to-current":
      return { kind: "current" };
    case "to-offset":
      return { kind: "offset", offset: integerOption(args, "to-offset", 0)! };
    case "to-datetime":
      return { kind: "timestamp", timestampMs: timestampOf(args.get("to-datetime")!) };
    default:
      return { kind: "shift", by: shiftOf(args.get("shift-by")!) };
  }
}

/** As Apache Kafka's tool decides it; undefined when there is nothing that could be shifted. */
export function newOffsetOf(target: ResetTarget, partition: ResettablePartition): NewOffset | undefined {
  const { firstOffset, endOffset, committed, offsetOfTimestamp } = partition;
  switch (target.kind) {
    case "earliest":
      return { offset: firstOffset };
    case "latest":
      return { offset: endOffset };
    case "current":
      return { offset: committed ?? endOffset };
    case "offset":
      return within(partition, target.offset);
    case "timestamp":
      return offsetOfTimestamp >= 0
        ? { offset: offsetOfTimestamp }
        : { offset: endOffset, note: `no record is that young: ${endOffset}, the end, is taken` };
    case "shift":
      return committed === undefined ? undefined : within(partition, committed + target.by);
  }
}

function within({ firstOffset, endOffset }: ResettablePartition, offset: number): NewOffset {
  if (offset < firstOffset) {
    return { offset: firstOffset, note: `${offset} lies before the first record: ${firstOffset} is taken` };
  }
  if (offset > endOffset) return { offset: endOffset, note: `${offset} lies behind the end: ${endOffset} is taken` };
  return { offset };
}

function timestampOf(text: string): number {
  const timestampMs = parseTimestamp(text);
  if (timestampMs === undefined) throw new UsageError(`--to-datetime needs a time as 2026-03-31T08:00, not '${text}'`);
  return timestampMs;
}

function shiftOf(text: string): number {
  const by = Number(text);
  if (!/^[+-]?\d+$/.test(text) || !Number.isSafeInteger(by)) {
    throw new UsageError(`--shift-by needs a whole number as 10 or -10, not '${text}'`);
  }
  return by;
}
