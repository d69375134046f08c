import { recompressBatch } from "../record/batch-builder.ts";
import { type CompressionName, CompressionType } from "../record/compression/index.ts";
import { MissingCodecError } from "../record/compression/missing-codec-error.ts";
import * as RecordBatch from "../record/record-batch.ts";
import {
  isRejected,
  missingCodec,
  type RejectedBatch,
  rejectedFor,
  type ValidationRules,
  validateClientHeader,
  validateRecords,
} from "../record/record-validation.ts";
import type { Checksums, Compression } from "../runtime.ts";
import { isCompacted, type LogConfig } from "./log-config.ts";

/**
 * No producer sends more in one batch on purpose; what expands to more is refused as too large, and a producer splits
 * the batch then.
 */
const DEFAULT_MAX_DECOMPRESSED_BATCH_BYTES = 256 * 1024 * 1024;

export interface CodecRuntime {
  readonly checksums: Checksums;
  readonly compression: Compression;
}

/** What a log's settings decide about the batches of its clients, as plain data. */
export interface ClientBatchRules extends ValidationRules {
  /** `max.message.bytes` */
  readonly maxBatchBytes: number;
  /** Undefined: what the producer has chosen. */
  readonly compression: CompressionName | undefined;
  readonly compressionLevel: number | undefined;
}

export function clientBatchRules(
  config: LogConfig,
  nowMs: number,
  maxDecompressedBytes = DEFAULT_MAX_DECOMPRESSED_BATCH_BYTES,
): ClientBatchRules {
  const type = config["compression.type"];
  return {
    compacted: isCompacted(config),
    timestampType: config["message.timestamp.type"],
    timestampBeforeMaxMs: config["message.timestamp.before.max.ms"],
    timestampAfterMaxMs: config["message.timestamp.after.max.ms"],
    nowMs,
    maxDecompressedBytes,
    maxRecordBytes: config["max.decompressed.message.bytes"],
    maxBatchBytes: config["max.message.bytes"],
    compression: type === "producer" ? undefined : type === "uncompressed" ? "none" : type,
    compressionLevel: compressionLevelOf(config),
  };
}

/** What can be given its offset: nearly always the bytes of the request itself. */
export interface PreparedClientBatch {
  readonly batch: Uint8Array;
  /** Of its records, without compression. */
  readonly decompressedBytes: number;
}

/** A client's batch that was checked, and the time at which it was. */
export interface CheckedBatch {
  readonly nowMs: number;
  readonly result: PreparedClientBatch | RejectedBatch;
}

/** Here and now. */
export function checkClientBatch(
  records: Uint8Array,
  config: LogConfig,
  nowMs: number,
  runtime: CodecRuntime,
): CheckedBatch {
  return { nowMs, result: prepareClientBatch(records, clientBatchRules(config, nowMs), runtime) };
}

/** Whether a batch takes more than a walk over records that lie there as they are. */
export function needsCodec(batch: Uint8Array, config: LogConfig): boolean {
  if (RecordBatch.compressionType(batch, 0) !== CompressionType.none) return true;
  const type = config["compression.type"];
  return type !== "producer" && type !== "uncompressed";
}

/**
 * The one batch of a Produce request, checked and ready to be given its offset: stamped with the broker's time or in
 * another codec if the topic says so.
 */
export function prepareClientBatch(
  records: Uint8Array,
  rules: ClientBatchRules,
  runtime: CodecRuntime,
): PreparedClientBatch | RejectedBatch {
  const problem = RecordBatch.findFramingProblem(records, 0);
  if (problem !== undefined) return rejectedFor(problem);
  const batch = records.subarray(0, RecordBatch.sizeInBytes(records, 0));
  const rejection =
    checkSize(batch, rules) ?? checkWhole(records, batch, runtime.checksums) ?? validateClientHeader(batch, 0);
  if (rejection !== undefined) return rejection;
  const target = rules.compression;
  const isRecompressed = target !== undefined && CompressionType[target] !== RecordBatch.compressionType(batch, 0);
  const validated = validateRecords(batch, 0, rules, runtime.compression);
  if (isRejected(validated)) return validated;
  stampTime(batch, rules, validated.maxTimestamp, runtime.checksums);
  const { records: content } = validated.cursor;
  const decompressedBytes = content.length;
  let prepared: Uint8Array | RejectedBatch = batch;
  if (isRecompressed) {
    prepared = recompress(() => recompressBatch(batch, 0, content, target, rules.compressionLevel, runtime));
  }
  if (content.buffer !== batch.buffer) runtime.compression.release(content);
  if (isRejected(prepared)) return prepared;
  return checkSize(prepared, rules) ?? { batch: prepared, decompressedBytes };
}

function recompress(action: () => Uint8Array): Uint8Array | RejectedBatch {
  try {
    return action();
  } catch (error) {
    if (error instanceof MissingCodecError) return missingCodec(error);
    throw error;
  }
}

function compressionLevelOf(config: LogConfig): number | undefined {
  switch (config["compression.type"]) {
    case "gzip":
      return config["compression.gzip.level"];
    case "zstd":
      return config["compression.zstd.level"];
    default:
      return undefined;
  }
}

function checkSize(batch: Uint8Array, { maxBatchBytes: limit }: ClientBatchRules): RejectedBatch | undefined {
  if (batch.length <= limit) return undefined;
  return {
    error: "MESSAGE_TOO_LARGE",
    message: `The record batch has ${batch.length} bytes, max.message.bytes is ${limit}`,
    recordErrors: [],
  };
}

/** One batch with the right checksum. What is left of the request behind it may be a torn batch, not another one. */
function checkWhole(records: Uint8Array, batch: Uint8Array, checksums: Checksums): RejectedBatch | undefined {
  const next = batch.length < records.length ? RecordBatch.findFramingProblem(records, batch.length) : "incomplete";
  if (next === undefined) {
    const message = "A request may hold only one record batch for a partition";
    return { error: "INVALID_RECORD", message, recordErrors: [] };
  }
  if (next !== "incomplete") return rejectedFor(next);
  return RecordBatch.computeChecksum(batch, 0, checksums) === RecordBatch.crc(batch, 0)
    ? undefined
    : rejectedFor("checksum mismatch");
}

function stampTime(batch: Uint8Array, rules: ClientBatchRules, maxTimestamp: number, checksums: Checksums): void {
  if (rules.timestampType === "LogAppendTime") {
    RecordBatch.setLogAppendTime(batch, 0, rules.nowMs);
  } else {
    const declared = RecordBatch.maxTimestamp(batch, 0);
    // Beyond 2^53 the declared time can't be compared exactly, and is left alone.
    const exact = Number.isSafeInteger(declared) && Number.isSafeInteger(maxTimestamp);
    if (!RecordBatch.isLogAppendTime(batch, 0) && (declared === maxTimestamp || !exact)) return;
    RecordBatch.setCreateTime(batch, 0, maxTimestamp);
  }
  RecordBatch.writeChecksum(batch, 0, checksums);
}
