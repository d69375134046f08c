import { type BuilderRuntime, buildBatch } from "./batch-builder.ts";
import { readInt16, readInt32, writeInt16, writeInt32 } from "./big-endian.ts";
import { RecordCursor } from "./record.ts";
import * as RecordBatch from "./record-batch.ts";

/** What the key of a control record says it is. */
export const ControlRecordType = {
  ABORT: 0,
  COMMIT: 1,
  LEADER_CHANGE: 2,
  SNAPSHOT_HEADER: 3,
  SNAPSHOT_FOOTER: 4,
  KRAFT_VERSION: 5,
  KRAFT_VOTERS: 6,
} as const;

export interface EndTransactionMarker {
  readonly commit: boolean;
  readonly coordinatorEpoch: number;
  readonly timestamp: number;
}

export function controlRecordKey(type: number): Uint8Array {
  const key = new Uint8Array(4);
  writeInt16(key, 2, type);
  return key;
}

/** Undefined for a key that is none. */
export function controlRecordType(key: Uint8Array | null): number | undefined {
  return key === null || key.length < 4 || readInt16(key, 0) < 0 ? undefined : readInt16(key, 2);
}

/** The marker in the control batch at `position`; undefined when it holds none, or when the cleaner has emptied it. */
export function readEndTransactionMarker(bytes: Uint8Array, position: number): EndTransactionMarker | undefined {
  const end = position + RecordBatch.sizeInBytes(bytes, position);
  const cursor = new RecordCursor(bytes, position, bytes, position + RecordBatch.RECORD_BATCH_OVERHEAD, end);
  if (!cursor.next()) return undefined;
  const type = controlRecordType(cursor.key());
  const value = cursor.value();
  if ((type !== ControlRecordType.ABORT && type !== ControlRecordType.COMMIT) || value === null || value.length < 6) {
    return undefined;
  }
  return {
    commit: type === ControlRecordType.COMMIT,
    coordinatorEpoch: readInt32(value, 2),
    timestamp: cursor.timestamp,
  };
}

export interface EndTransactionMarkerInput {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly coordinatorEpoch: number;
  readonly commit: boolean;
  readonly timestamp: number;
}

/** The control batch that ends a transaction on one partition. */
export function buildEndTransactionMarker(input: EndTransactionMarkerInput, runtime: BuilderRuntime): Uint8Array {
  const value = new Uint8Array(6);
  writeInt32(value, 2, input.coordinatorEpoch);
  const type = input.commit ? ControlRecordType.COMMIT : ControlRecordType.ABORT;
  return buildBatch(
    {
      producerId: input.producerId,
      producerEpoch: input.producerEpoch,
      transactional: true,
      control: true,
      records: [{ timestamp: input.timestamp, key: controlRecordKey(type), value }],
    },
    runtime,
  );
}
