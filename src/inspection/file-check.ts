import { LOG_SUFFIX, offsetFileName } from "../log/file-names.ts";
import { finishFindings } from "./batch-observer.ts";
import { dumpFile } from "./dump-file.ts";
import { fileKind } from "./file-kind.ts";
import type { Finding, Inspection } from "./finding.ts";
import { FindingBuffer } from "./finding-buffer.ts";
import { openIndexCheck } from "./index-files.ts";
import { checkMetadataSnapshot } from "./metadata-snapshot-check.ts";
import { checkSegment, type InspectionRuntime } from "./segment-check.ts";

const DAMAGED: Pick<Finding, "severity"> = { severity: "damaged" };

/** Of a segment by itself. */
const WHATEVER = { endOffset: Number.POSITIVE_INFINITY, judge: () => DAMAGED, progress: () => {} };

/**
 * What is wrong with one file, without regard to what a start would do: the batches of a segment, an index together with
 * its segment, anything else by itself. Throws when it is none of Kafka's files, by its name, or can't be opened.
 */
export function* checkFile(runtime: InspectionRuntime, path: string): Inspection {
  const known = fileKind(path.slice(path.lastIndexOf("/") + 1));
  switch (known?.kind) {
    case "segment":
      return yield* checkBatches(runtime, path, known.offset!);
    case "metadata snapshot":
      return yield* checkMetadataSnapshot(runtime, path, DAMAGED, () => {});
    case "offset index":
    case "time index":
    case "transaction index":
      return yield* checkIndex(runtime, path, known.kind, known.offset!);
    default: {
      const options = { printRecords: false, fromOffset: 0, maxBatches: 0 };
      for (const item of dumpFile(runtime, path, options)) {
        if (item?.type === "problem") yield { ...DAMAGED, path, problem: item.problem };
      }
    }
  }
}

function* checkBatches(runtime: InspectionRuntime, path: string, baseOffset: number): Inspection {
  const findings = new FindingBuffer(path, "damaged");
  yield* checkSegment(runtime, { ...WHATEVER, path, baseOffset, findings, observers: [] });
  yield* findings.finish();
}

/** The segment's own problems are not told: whoever wants to know asks for the segment. */
function* checkIndex(
  runtime: InspectionRuntime,
  path: string,
  kind: "offset index" | "time index" | "transaction index",
  baseOffset: number,
): Inspection {
  const segmentPath = `${path.slice(0, path.lastIndexOf("/") + 1)}${offsetFileName(baseOffset, LOG_SUFFIX)}`;
  if (runtime.files.stat(segmentPath) === undefined) {
    yield { ...DAMAGED, path, problem: `there is no ${segmentPath} to compare it with` };
    return;
  }
  const index = openIndexCheck(runtime.files, path, kind, { baseOffset, isClosed: false, severity: "damaged" });
  const ignored = new FindingBuffer(segmentPath, "note");
  try {
    yield* index.findings;
    const observers = index.check === undefined ? [] : [index.check];
    const batches = checkSegment(runtime, {
      ...WHATEVER,
      ...{ path: segmentPath, baseOffset, findings: ignored, observers },
    });
    for (const finding of batches) if (finding === undefined || finding.path === path) yield finding;
    yield* finishFindings(observers);
  } finally {
    index.close();
  }
}
