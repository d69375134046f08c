import type { FileKind } from "./file-kind.ts";
import type { Json } from "./message-json.ts";
import type { DecodedParts } from "./record-decoders.ts";

/** One thing that a file holds, with Kafka's names. As JSON, it is what `log dump --json` prints on a line. */
export type DumpItem =
  | {
      readonly type: "file";
      readonly path: string;
      readonly kind: FileKind;
      readonly sizeBytes: number;
      /** In the name. */
      readonly offset?: number;
    }
  | BatchItem
  | RecordItem
  | { readonly type: "offsetIndexEntry"; readonly offset: number; readonly position: number }
  | { readonly type: "timeIndexEntry"; readonly timestamp: number; readonly offset: number }
  | {
      readonly type: "abortedTransaction";
      readonly version: number;
      readonly producerId: number;
      readonly firstOffset: number;
      readonly lastOffset: number;
      readonly lastStableOffset: number;
    }
  | {
      readonly type: "producer";
      readonly producerId: number;
      readonly producerEpoch: number;
      readonly lastSequence: number;
      readonly lastOffset: number;
      readonly offsetDelta: number;
      readonly timestamp: number;
      readonly coordinatorEpoch: number;
      readonly currentTxnFirstOffset: number;
    }
  | { readonly type: "leaderEpoch"; readonly epoch: number; readonly startOffset: number }
  | { readonly type: "offset"; readonly topic: string; readonly partition: number; readonly offset: number }
  | { readonly type: "properties"; readonly properties: Json }
  | { readonly type: "problem"; readonly position?: number; readonly problem: string };

export interface BatchItem {
  readonly type: "batch";
  readonly position: number;
  readonly sizeBytes: number;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly recordCount: number;
  readonly partitionLeaderEpoch: number;
  readonly compression: string;
  readonly timestampType: "CreateTime" | "LogAppendTime";
  readonly maxTimestamp: number;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly lastSequence: number;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  /** Null without one. */
  readonly deleteHorizonMs: number | null;
  readonly crc: number;
  readonly isValid: boolean;
}

export interface RecordItem {
  readonly type: "record";
  readonly offset: number;
  readonly timestamp: number;
  /** -1 without one. */
  readonly sequence: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly { readonly key: string; readonly value: Uint8Array | null }[];
  /** Of control batches and of Kafka's own topics. */
  readonly decoded?: DecodedParts;
  /** Why it could not be decoded. */
  readonly problem?: string;
}

/** What a file holds, item by item; undefined where others may have a turn. */
export type Dump = Generator<DumpItem | undefined, void, void>;
