import { decodeMetadataRecord } from "../protocol/metadata-records/index.ts";
import { decodeControlRecord } from "../raft/control-record.ts";
import { openRecords } from "../record/record.ts";
import * as RecordBatch from "../record/record-batch.ts";
import type { Compression } from "../runtime.ts";
import type { BatchObserver } from "./batch-observer.ts";
import type { BatchReader } from "./batch-reader.ts";
import type { FindingBuffer } from "./finding-buffer.ts";

/** Every record of the metadata log is of a type and version that is known: one that is not stops a node. */
export class MetadataRecordsCheck implements BatchObserver {
  readonly findings: FindingBuffer;
  readonly #codecs: Compression;
  readonly #atStart = "the node stops: it must not run on metadata that it does not understand";

  constructor(codecs: Compression, findings: FindingBuffer) {
    this.findings = findings;
    this.#codecs = codecs;
  }

  batch({ bytes, index, position, isWhole }: BatchReader): void {
    if (!isWhole) return;
    const isControl = RecordBatch.isControlBatch(bytes, index);
    const records = openRecords(bytes, index, this.#codecs);
    while (records.next()) {
      try {
        if (isControl) decodeControlRecord(records.key(), records.value());
        else decodeMetadataRecord(records.value() ?? new Uint8Array(0));
      } catch (error) {
        const problem = error instanceof Error ? error.message : String(error);
        const details = { position, offset: records.offset, severity: "refused", atStart: this.#atStart } as const;
        this.findings.add(problem, details);
      }
    }
  }
}
