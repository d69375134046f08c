import type { Compression } from "../runtime.ts";
import { type CompressionName, CompressionType, compressionName } from "./compression/index.ts";
import { MissingCodecError } from "./compression/missing-codec-error.ts";
import { openRecords, type RecordCursor } from "./record.ts";
import * as RecordBatch from "./record-batch.ts";
import { walkRecords } from "./record-walk.ts";

/** The checks that Kafka's leader makes before a producer's batch gets into the log. */
export interface ValidationRules {
  /** Every record needs a key. */
  readonly compacted: boolean;
  readonly timestampType: "CreateTime" | "LogAppendTime";
  readonly timestampBeforeMaxMs: number;
  readonly timestampAfterMaxMs: number;
  readonly nowMs: number;
  readonly maxDecompressedBytes: number;
  /** `max.decompressed.message.bytes`, of one record in a compressed batch. */
  readonly maxRecordBytes: number;
}

/** Kafka lists every bad record, but a small compressed batch can hold a million: its answer must not be as large. */
export const MAX_RECORD_ERRORS = 100;

/** A batch that must not get into the log; `error` is the name of Kafka's error. */
export interface RejectedBatch {
  readonly error:
    | "CORRUPT_MESSAGE"
    | "MESSAGE_TOO_LARGE"
    | "INVALID_RECORD"
    | "INVALID_TIMESTAMP"
    | "UNSUPPORTED_COMPRESSION_TYPE"
    | "UNKNOWN_SERVER_ERROR";
  readonly message: string;
  /** Its records take more than {@link ValidationRules.maxDecompressedBytes}. */
  readonly isTooLargeDecompressed?: true;
  /** At most {@link MAX_RECORD_ERRORS}, the first ones. */
  readonly recordErrors: readonly { readonly batchIndex: number; readonly message: string }[];
}

export interface ValidatedBatch {
  readonly maxTimestamp: number;
  readonly compression: CompressionName;
  /** The cursor that walked the records; it holds them uncompressed. */
  readonly cursor: RecordCursor;
}

/** What the framing and the checksum of a batch say, as an error of Kafka's. */
export function rejectedFor(problem: RecordBatch.BatchProblem): RejectedBatch {
  switch (problem) {
    case "incomplete":
      return rejected("INVALID_RECORD", "There is no whole record batch in the request");
    case "old magic":
      return rejected("INVALID_RECORD", "Only record batches of magic 2 are accepted");
    case "invalid size":
      return rejected("CORRUPT_MESSAGE", "The declared size of the record batch is smaller than a batch can be");
    case "unknown magic":
      return rejected("CORRUPT_MESSAGE", "The record batch has an unknown magic");
    case "checksum mismatch":
      return rejected("CORRUPT_MESSAGE", "The checksum of the record batch does not match its bytes");
  }
}

/** The header of a batch that came from a client; its framing and checksum are known to be good. */
export function validateClientHeader(bytes: Uint8Array, position: number): RejectedBatch | undefined {
  const count = RecordBatch.recordCount(bytes, position);
  const lastOffsetDelta = RecordBatch.lastOffsetDelta(bytes, position);
  if (RecordBatch.baseOffset(bytes, position) !== 0) {
    return rejected(
      "INVALID_RECORD",
      `The base offset of a batch must be 0, it is ${RecordBatch.baseOffset(bytes, position)}`,
    );
  }
  if (lastOffsetDelta < 0) return rejected("INVALID_RECORD", `The batch has the last offset delta ${lastOffsetDelta}`);
  if (count <= 0) return rejected("INVALID_RECORD", `The batch declares ${count} records`);
  if (lastOffsetDelta + 1 !== count) {
    return rejected(
      "INVALID_RECORD",
      `The batch declares ${count} records and the last offset delta ${lastOffsetDelta}`,
    );
  }
  if (RecordBatch.isControlBatch(bytes, position)) {
    return rejected("INVALID_RECORD", "Clients may not write control records");
  }
  if (RecordBatch.hasProducerId(bytes, position) && RecordBatch.baseSequence(bytes, position) < 0) {
    return rejected(
      "INVALID_RECORD",
      `The batch of producer ${RecordBatch.producerId(bytes, position)} has the sequence number ${RecordBatch.baseSequence(bytes, position)}`,
    );
  }
  return undefined;
}

/** Walks every record, decompressed if need be. */
export function validateRecords(
  bytes: Uint8Array,
  position: number,
  rules: ValidationRules,
  codecs: Compression,
): ValidatedBatch | RejectedBatch {
  const type = RecordBatch.compressionType(bytes, position);
  const compression = compressionName(type);
  if (compression === undefined) {
    return rejected("UNSUPPORTED_COMPRESSION_TYPE", `There is no compression type ${type}`);
  }
  let cursor: RecordCursor;
  try {
    cursor = openRecords(bytes, position, codecs, rules.maxDecompressedBytes);
  } catch (error) {
    return undecompressable(error, compression, rules);
  }
  const isStamped = RecordBatch.isLogAppendTime(bytes, position);
  const maxRecordBytes = type === CompressionType.none ? Number.POSITIVE_INFINITY : rules.maxRecordBytes;
  const range = timestampRange(rules);
  const quick = isStamped
    ? undefined
    : walkRecords({
        bytes: cursor.bytes,
        start: cursor.start,
        end: cursor.end,
        count: RecordBatch.recordCount(bytes, position),
        baseTimestamp: RecordBatch.baseTimestamp(bytes, position),
        maxRecordBytes,
        needsKeys: rules.compacted,
        earliestTimestamp: range.earliest,
        latestTimestamp: range.latest,
      });
  if (quick !== undefined) return { maxTimestamp: quick, compression, cursor };
  const errors = new RecordErrors();
  const maxTimestamp = walk(cursor, isStamped, rules, maxRecordBytes, errors);
  if (cursor.problem !== undefined) return rejected("INVALID_RECORD", cursor.problem);
  return errors.rejection() ?? { maxTimestamp, compression, cursor };
}

export function tooLargeDecompressed(limitBytes: number): RejectedBatch {
  const message = `The records of the batch take more than ${limitBytes} bytes without compression`;
  return { error: "MESSAGE_TOO_LARGE", message, recordErrors: [], isTooLargeDecompressed: true };
}

export function missingCodec({ message }: MissingCodecError): RejectedBatch {
  return rejected("UNSUPPORTED_COMPRESSION_TYPE", message);
}

export function isRejected(result: object | RejectedBatch): result is RejectedBatch {
  return "error" in result;
}

/** What a producer's timestamps may be. Under LogAppendTime they do not matter, and a limit that is out of reach is none. */
function timestampRange(rules: ValidationRules): { earliest: number; latest: number } {
  const { timestampType, nowMs, timestampBeforeMaxMs, timestampAfterMaxMs } = rules;
  const isLimit = (ms: number) => timestampType === "CreateTime" && ms < Number.MAX_SAFE_INTEGER;
  return {
    earliest: isLimit(timestampBeforeMaxMs) ? nowMs - timestampBeforeMaxMs : Number.NEGATIVE_INFINITY,
    latest: isLimit(timestampAfterMaxMs) ? nowMs + timestampAfterMaxMs : Number.POSITIVE_INFINITY,
  };
}

/** Names everything that is wrong; answers the largest timestamp. */
function walk(
  cursor: RecordCursor,
  isStamped: boolean,
  rules: ValidationRules,
  maxRecordBytes: number,
  errors: RecordErrors,
): number {
  const { earliest, latest } = timestampRange(rules);
  const createTime = rules.timestampType === "CreateTime";
  let maxTimestamp = RecordBatch.NO_TIMESTAMP;
  for (let index = 0; cursor.next(); index++) {
    if (cursor.sizeBytes > maxRecordBytes) cursor.problem = tooLargeRecord(cursor.sizeBytes, maxRecordBytes);
    else if (cursor.offsetDelta !== index) {
      cursor.problem = `Record ${index} of the batch has the offset delta ${cursor.offsetDelta}`;
    }
    if (cursor.problem !== undefined) break;
    const { timestamp } = cursor;
    if (rules.compacted && cursor.keySize < 0) {
      errors.add("INVALID_RECORD", index, () => "Compacted topic cannot accept message without key");
    } else if (createTime && timestamp !== RecordBatch.NO_TIMESTAMP) {
      if (timestamp < earliest || timestamp > latest) {
        errors.add("INVALID_TIMESTAMP", index, () => outOfRange(timestamp, index, rules));
      }
    } else if (isStamped) {
      errors.add("INVALID_TIMESTAMP", index, () => "A producer may not set the timestamp type to LogAppendTime");
    }
    if (timestamp > maxTimestamp) maxTimestamp = timestamp;
  }
  return maxTimestamp;
}

/** In Apache Kafka's words. */
export function tooLargeRecord(sizeBytes: number, limitBytes: number): string {
  return `Invalid record size: ${sizeBytes} exceeds the configured maximum record size of ${limitBytes}.`;
}

class RecordErrors {
  readonly #errors: { batchIndex: number; message: string }[] = [];
  #count = 0;
  #invalidTimestamp = false;

  add(error: "INVALID_RECORD" | "INVALID_TIMESTAMP", batchIndex: number, message: () => string): void {
    this.#count++;
    if (this.#errors.length < MAX_RECORD_ERRORS) this.#errors.push({ batchIndex, message: message() });
    if (error === "INVALID_TIMESTAMP") this.#invalidTimestamp = true;
  }

  #firstThree(): string {
    return this.#errors
      .slice(0, 3)
      .map(({ batchIndex, message }) => `RecordError(batchIndex=${batchIndex}, message='${message}')`)
      .join(", ");
  }

  /** One bad record rejects the whole batch (KIP-467). */
  rejection(): RejectedBatch | undefined {
    const count = this.#count;
    if (count === 0) return undefined;
    return this.#invalidTimestamp
      ? rejected("INVALID_TIMESTAMP", "One or more records have been rejected due to invalid timestamp", this.#errors)
      : rejected(
          "INVALID_RECORD",
          `One or more records have been rejected due to ${count} record errors in total, and only showing the first three errors at most: [${this.#firstThree()}]`,
          this.#errors,
        );
  }
}

function outOfRange(
  timestamp: number,
  index: number,
  { nowMs, timestampBeforeMaxMs, timestampAfterMaxMs }: ValidationRules,
): string {
  const [earliest, latest] = [nowMs - timestampBeforeMaxMs, nowMs + timestampAfterMaxMs];
  return `Timestamp ${timestamp} of message with offset ${index} is out of range. The timestamp should be within [${earliest}, ${latest}]`;
}

function undecompressable(error: unknown, compression: CompressionName, rules: ValidationRules): RejectedBatch {
  // A producer that learns that a batch is too large splits it and tries again.
  if (error instanceof RangeError) {
    return tooLargeDecompressed(rules.maxDecompressedBytes);
  }
  if (error instanceof MissingCodecError) return missingCodec(error);
  const reason = error instanceof Error ? error.message : String(error);
  return rejected("INVALID_RECORD", `The ${compression} data of the batch can't be decompressed: ${reason}`);
}

function rejected(
  error: RejectedBatch["error"],
  message: string,
  recordErrors: RejectedBatch["recordErrors"] = [],
): RejectedBatch {
  return { error, message, recordErrors };
}
