import type { BatchItem, DumpItem, RecordItem } from "../inspection/dump-item.ts";
import type { DecodedPart } from "../inspection/record-decoders.ts";
import { timestampText } from "../inspection/timestamp-text.ts";
import { hasControlCharacters, printable } from "./printable.ts";
import { grouped } from "./progress-line.ts";

/** Of a key, a value or a header, unless all is wanted. */
const SHORTENED_LENGTH = 200;

/** The items of one file as lines for a person: tables with a head, records indented under their batch. */
export class DumpText {
  readonly #isFull: boolean;
  #lastType: DumpItem["type"] | undefined = undefined;

  constructor(isFull: boolean) {
    this.#isFull = isFull;
  }

  /** With its line end. */
  of(item: DumpItem): string {
    const isFirst = item.type !== this.#lastType && !(item.type === "batch" && this.#lastType === "record");
    this.#lastType = item.type;
    const head = isFirst ? HEADS[item.type] : undefined;
    const lines = head === undefined ? [] : [head];
    lines.push(this.#line(item));
    return `${lines.join("\n")}\n`;
  }

  #line(item: DumpItem): string {
    switch (item.type) {
      case "file":
        return `${item.path}: ${item.kind}, ${grouped(item.sizeBytes)} bytes`;
      case "batch":
        return batchLine(item);
      case "record":
        return this.#recordLine(item);
      case "offsetIndexEntry":
        return row([item.offset, -20], [item.position, -12]);
      case "timeIndexEntry":
        return row([timestampText(item.timestamp), 26], [item.timestamp, -15], [item.offset, -20]);
      case "abortedTransaction":
        return row(
          [item.producerId, -12],
          [item.firstOffset, -14],
          [item.lastOffset, -14],
          [item.lastStableOffset, -14],
        );
      case "producer":
        return row(
          [item.producerId, -12],
          [item.producerEpoch, -7],
          [item.lastSequence, -12],
          [item.lastOffset, -14],
          [item.offsetDelta, -7],
          [item.coordinatorEpoch, -12],
          [item.currentTxnFirstOffset < 0 ? "none" : item.currentTxnFirstOffset, -14],
          [timestampText(item.timestamp), 24],
        );
      case "leaderEpoch":
        return row([item.epoch, -8], [item.startOffset, -14]);
      case "offset":
        return row([item.offset, -14], [`${item.topic}-${item.partition}`, 1]);
      case "properties":
        return Object.entries(item.properties as object)
          .map(([name, value]) => `  ${name} = ${typeof value === "string" ? value : JSON.stringify(value)}`)
          .map(printable)
          .join("\n");
      case "problem":
        return `  PROBLEM${item.position === undefined ? "" : ` at position ${item.position}`}: ${printable(item.problem)}`;
    }
  }

  #recordLine(item: RecordItem): string {
    const { decoded, headers, problem } = item;
    const parts = [`      ${item.offset}  ${timestampText(item.timestamp)} `];
    if (decoded !== undefined) {
      if (decoded.key !== undefined) parts.push(this.#decodedText(decoded.key), "=");
      parts.push(decoded.value === null ? "null" : this.#decodedText(decoded.value));
    } else {
      parts.push(`${this.#bytesText(item.key)}:`, this.#bytesText(item.value));
    }
    if (headers.length > 0) {
      parts.push(
        ` {${headers.map(({ key, value }) => `${JSON.stringify(key)}: ${this.#bytesText(value)}`).join(", ")}}`,
      );
    }
    if (problem !== undefined) parts.push(` PROBLEM: ${problem}`);
    return parts.join(" ");
  }

  #decodedText({ name, version, data }: DecodedPart): string {
    return `${name} v${version} ${this.#shortened(JSON.stringify(data), 10 * SHORTENED_LENGTH)}`;
  }

  #bytesText(bytes: Uint8Array | null): string {
    if (bytes === null) return "null";
    const text = utf8Text(bytes);
    if (text !== undefined) return this.#shortened(JSON.stringify(text), SHORTENED_LENGTH);
    const shown = this.#isFull ? bytes : bytes.subarray(0, SHORTENED_LENGTH / 2);
    return this.#shortened(`0x${hex(shown)}`, SHORTENED_LENGTH, 2 + 2 * bytes.length);
  }

  #shortened(text: string, length: number, wholeLength = text.length): string {
    if (this.#isFull || wholeLength <= length) return text;
    return `${text.slice(0, length)}… (${grouped(wholeLength)} characters)`;
  }
}

const HEADS: Partial<Record<DumpItem["type"], string>> = {
  batch: row(
    ["OFFSETS", 24],
    ["RECORDS", -8],
    ["POSITION", -11],
    ["BYTES", -10],
    ["EPOCH", -6],
    ["CODEC", 7],
    ["MAX TIMESTAMP", 25],
    ["PRODUCER", 8],
  ),
  offsetIndexEntry: row(["OFFSET", -20], ["POSITION", -12]),
  timeIndexEntry: row(["TIME", 26], ["TIMESTAMP", -15], ["OFFSET", -20]),
  abortedTransaction: row(["PRODUCER", -12], ["FIRST", -14], ["LAST", -14], ["STABLE", -14]),
  producer: row(
    ["PRODUCER", -12],
    ["EPOCH", -7],
    ["SEQUENCE", -12],
    ["LAST OFFSET", -14],
    ["DELTA", -7],
    ["COORDINATOR", -12],
    ["TRANSACTION", -14],
    ["LAST WRITE", 24],
  ),
  leaderEpoch: row(["EPOCH", -8], ["FROM OFFSET", -14]),
  offset: row(["OFFSET", -14], ["PARTITION", 1]),
};

function batchLine(batch: BatchItem): string {
  const line = row(
    [`${batch.baseOffset}..${batch.lastOffset}`, 24],
    [batch.recordCount, -8],
    [batch.position, -11],
    [batch.sizeBytes, -10],
    [batch.partitionLeaderEpoch, -6],
    [batch.compression, 7],
    [timestampText(batch.maxTimestamp), 25],
    [producerText(batch), 1],
  );
  const flags = [
    batch.isTransactional ? "transactional" : "",
    batch.isControl ? "control" : "",
    batch.timestampType === "LogAppendTime" ? "LogAppendTime" : "",
    batch.deleteHorizonMs === null ? "" : `delete horizon ${timestampText(batch.deleteHorizonMs)}`,
    batch.isValid ? "" : "CHECKSUM MISMATCH",
  ].filter((flag) => flag !== "");
  return [line, ...flags].join("  ");
}

function producerText({ producerId, producerEpoch, baseSequence, lastSequence }: BatchItem): string {
  if (producerId < 0) return "-";
  const sequences = baseSequence < 0 ? "" : ` seq ${baseSequence}..${lastSequence}`;
  return `${producerId} epoch ${producerEpoch}${sequences}`;
}

/** Cells with their widths; a negative one aligns to the right. */
function row(...cells: readonly (readonly [content: string | number, width: number])[]): string {
  const texts = cells.map(([content, width]) =>
    width < 0 ? String(content).padStart(-width) : String(content).padEnd(width),
  );
  return `  ${texts.join(" ").trimEnd()}`;
}

/** Undefined for bytes that are no text: not UTF-8, or with control characters. */
export function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return hasControlCharacters(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
