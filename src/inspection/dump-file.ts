import { parseProperties } from "../config/properties.ts";
import { readFile } from "../log/atomic-file.ts";
import { decodeCheckpoint, parseIntegers } from "../log/checkpoint-text.ts";
import { parsePartitionDirectoryName } from "../log/file-names.ts";
import { parseLeaderEpochs } from "../log/leader-epoch-checkpoint.ts";
import { parseMetaProperties } from "../log/meta-properties.ts";
import { parsePartitionMetadata } from "../log/partition-metadata.ts";
import { decodeProducerSnapshot } from "../log/producer-snapshot.ts";
import { CLUSTER_METADATA_TOPIC } from "../protocol/internal-topics.ts";
import { checkQuorumState } from "../raft/quorum-state-file.ts";
import { readInt16, readInt32, readInt64 } from "../record/big-endian.ts";
import type { File } from "../runtime.ts";
import type { Dump, DumpItem } from "./dump-item.ts";
import { dumpSegment, type SegmentDumpOptions } from "./dump-segment.ts";
import { EntryReader } from "./entry-reader.ts";
import { type FileKind, fileKind, type KnownFile } from "./file-kind.ts";
import type { Json } from "./message-json.ts";
import { OFFSET_INDEX_ENTRY_BYTES } from "./offset-index-check.ts";
import { decoderOfTopic, type RecordDecoder } from "./record-decoders.ts";
import type { InspectionRuntime } from "./segment-check.ts";
import { messageOf } from "./small-file-checks.ts";
import { TIME_INDEX_ENTRY_BYTES } from "./time-index-check.ts";
import { TRANSACTION_INDEX_ENTRY_BYTES } from "./transaction-index-check.ts";

export interface DumpOptions extends Omit<SegmentDumpOptions, "decoder"> {
  /** Undefined: by the topic in the directory's name; null: none. */
  readonly decoder?: RecordDecoder | null;
}

const ENTRIES_PER_TURN = 4096;

/** Everything that a file of a data directory holds. Throws when it is none, by its name, or can't be opened. */
export function* dumpFile(runtime: InspectionRuntime, path: string, options: DumpOptions): Dump {
  const known = fileKind(path.slice(path.lastIndexOf("/") + 1));
  if (known === undefined) throw new Error(`${path}: ${whyUnknown(runtime, path)}`);
  const file = runtime.files.open(path, "read");
  try {
    const { kind, offset } = known;
    yield { type: "file", path, kind, sizeBytes: file.size(), ...(offset === undefined ? {} : { offset }) };
    yield* content(runtime, file, known, options);
  } finally {
    file.close();
  }
}

function* content(runtime: InspectionRuntime, file: File, { kind, offset }: KnownFile, options: DumpOptions): Dump {
  switch (kind) {
    case "segment":
    case "metadata snapshot":
      return yield* dumpSegment(runtime, file, { ...options, decoder: decoderOf(file.path, kind, options) });
    case "offset index":
      return yield* dumpEntries(file, OFFSET_INDEX_ENTRY_BYTES, (bytes, index) => ({
        type: "offsetIndexEntry",
        offset: offset! + readInt32(bytes, index),
        position: readInt32(bytes, index + 4),
      }));
    case "time index":
      return yield* dumpEntries(file, TIME_INDEX_ENTRY_BYTES, (bytes, index) => ({
        type: "timeIndexEntry",
        timestamp: readInt64(bytes, index),
        offset: offset! + readInt32(bytes, index + 8),
      }));
    case "transaction index":
      return yield* dumpEntries(file, TRANSACTION_INDEX_ENTRY_BYTES, (bytes, index) => ({
        type: "abortedTransaction",
        version: readInt16(bytes, index),
        producerId: readInt64(bytes, index + 2),
        firstOffset: readInt64(bytes, index + 10),
        lastOffset: readInt64(bytes, index + 18),
        lastStableOffset: readInt64(bytes, index + 26),
      }));
    default: {
      const bytes = readFile(runtime.files, file.path) ?? new Uint8Array(0);
      try {
        yield* smallFile(runtime, kind, bytes);
      } catch (error) {
        yield { type: "problem", problem: messageOf(error) };
      }
    }
  }
}

function whyUnknown({ files }: InspectionRuntime, path: string): string {
  return files.stat(path)?.kind === "directory"
    ? "is a directory: name files in it, or have it checked by 'polylog log verify'"
    : "is no file of a log or a log directory, by its name";
}

function decoderOf(path: string, kind: FileKind, { decoder }: DumpOptions): RecordDecoder | undefined {
  if (decoder !== undefined) return decoder ?? undefined;
  if (kind === "metadata snapshot") return decoderOfTopic(CLUSTER_METADATA_TOPIC);
  const [, directory = ""] = /([^/]*)\/[^/]*$/.exec(path) ?? [];
  // A partition that moves, or is being deleted, has more behind its name.
  return decoderOfTopic(parsePartitionDirectoryName(directory.replace(/\.[0-9a-f]+-[a-z]+$/, ""))?.topic ?? "");
}

function* dumpEntries(file: File, entryBytes: number, item: (bytes: Uint8Array, index: number) => DumpItem): Dump {
  const entries = new EntryReader(file, entryBytes);
  while (entries.next()) {
    yield item(entries.bytes, entries.index);
    if (entries.entry % ENTRIES_PER_TURN === ENTRIES_PER_TURN - 1) yield undefined;
  }
  const rest = entries.sizeBytes % entryBytes;
  if (rest !== 0) yield { type: "problem", position: entries.sizeBytes - rest, problem: `${rest} bytes are no entry` };
}

function* smallFile({ checksums }: InspectionRuntime, kind: FileKind, bytes: Uint8Array): Dump {
  switch (kind) {
    case "producer snapshot": {
      const producers = decodeProducerSnapshot(bytes, checksums);
      if (producers === undefined) throw new Error("is no producer snapshot, or its checksum does not match");
      for (const entry of producers) {
        yield {
          type: "producer",
          producerId: entry.producerId,
          producerEpoch: entry.producerEpoch,
          lastSequence: entry.lastSequence,
          lastOffset: entry.lastOffset,
          offsetDelta: entry.lastOffsetDelta,
          timestamp: entry.lastTimestamp,
          coordinatorEpoch: entry.coordinatorEpoch,
          currentTxnFirstOffset: entry.currentTransactionFirstOffset,
        };
      }
      return;
    }
    case "leader epochs":
      for (const entry of parseLeaderEpochs(bytes)) yield { type: "leaderEpoch", ...entry };
      return;
    case "offset checkpoint":
      for (const line of decodeCheckpoint(bytes)) yield offsetItem(line);
      return;
    case "quorum state":
      checkQuorumState(bytes, checksums);
      yield { type: "properties", properties: bytes.length === 0 ? {} : (JSON.parse(firstLine(bytes)) as Json) };
      return;
    case "flushed batch": {
      const [segment = "", position = "", batch = ""] = firstLine(bytes).split(" ");
      yield { type: "properties", properties: { segment, position, batch } };
      return;
    }
    case "clean shutdown file":
      yield { type: "properties", properties: bytes.length === 0 ? {} : (JSON.parse(text(bytes)) as Json) };
      return;
    case "partition metadata":
      yield { type: "properties", properties: properties(text(bytes)) };
      if (parsePartitionMetadata(bytes, "it") === undefined) throw new Error("its end is missing");
      return;
    default:
      yield { type: "properties", properties: properties(text(bytes)) };
      parseMetaProperties(bytes, "it");
  }
}

function offsetItem(line: string): DumpItem {
  const [topic = "", ...numbers] = line.split(/\s+/);
  const [partition, offset] = parseIntegers(line, numbers);
  if (partition === undefined || offset === undefined) throw new Error(`malformed entry ${JSON.stringify(line)}`);
  return { type: "offset", topic, partition, offset };
}

/** Of meta.properties, and of partition.metadata, which has the same form. */
function properties(content: string): Json {
  return Object.fromEntries(parseProperties(content).values);
}

function firstLine(bytes: Uint8Array): string {
  return text(bytes).split("\n", 1)[0]!;
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
