import { ControlRecordType, controlRecordType } from "../record/control-record.ts";
import { openRecords } from "../record/record.ts";
import * as RecordBatch from "../record/record-batch.ts";
import type { Compression } from "../runtime.ts";
import type { BatchObserver } from "./batch-observer.ts";
import type { BatchReader } from "./batch-reader.ts";
import type { Finding, Inspection } from "./finding.ts";
import { FindingBuffer } from "./finding-buffer.ts";
import { MetadataRecordsCheck } from "./metadata-records-check.ts";
import { checkSegment, type InspectionRuntime } from "./segment-check.ts";

/** A `.checkpoint` of the metadata: whole, of records that are known, and with its header and footer. */
export function* checkMetadataSnapshot(
  runtime: InspectionRuntime,
  path: string,
  consequence: Pick<Finding, "severity" | "atStart">,
  progress: (bytes: number) => void,
): Inspection {
  const findings = new FindingBuffer(path, consequence.severity, consequence.atStart);
  const records = new MetadataRecordsCheck(runtime.compression, new FindingBuffer(path, consequence.severity));
  const frame = new SnapshotFrame(runtime.compression, findings);
  const observers = [records, frame];
  yield* checkSegment(runtime, {
    ...{ path, baseOffset: 0, endOffset: Number.POSITIVE_INFINITY },
    ...{ findings, observers, judge: () => consequence, progress },
  });
  for (const buffer of [findings, records.findings]) yield* buffer.finish();
}

class SnapshotFrame implements BatchObserver {
  readonly findings: FindingBuffer;
  readonly #codecs: Compression;
  #hasFooter = false;

  constructor(codecs: Compression, findings: FindingBuffer) {
    this.#codecs = codecs;
    this.findings = findings;
  }

  batch({ bytes, index, position, isWhole }: BatchReader): void {
    const types = isWhole && RecordBatch.isControlBatch(bytes, index) ? controlTypes(bytes, index, this.#codecs) : [];
    if (position === 0 && !types.includes(ControlRecordType.SNAPSHOT_HEADER)) {
      this.findings.add("does not begin with the header of a snapshot", { position });
    }
    if (this.#hasFooter) this.findings.add("goes on behind its footer", { position });
    this.#hasFooter ||= types.includes(ControlRecordType.SNAPSHOT_FOOTER);
  }

  end(sizeBytes: number): void {
    if (!this.#hasFooter) this.findings.add("has no footer: it is cut off", { position: sizeBytes });
  }
}

function controlTypes(bytes: Uint8Array, index: number, codecs: Compression): readonly (number | undefined)[] {
  const types: (number | undefined)[] = [];
  const records = openRecords(bytes, index, codecs);
  while (records.next()) types.push(controlRecordType(records.key()));
  return types;
}
