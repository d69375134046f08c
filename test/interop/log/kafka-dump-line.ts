import type { BatchItem, DumpItem, RecordItem } from "../../../src/inspection/dump-item.ts";
import type { DecodedPart } from "../../../src/inspection/record-decoders.ts";

/** The line that Apache Kafka's dump-log prints for what our dump found; undefined for what it does not print. */
export function kafkaDumpLine(item: DumpItem): string | undefined {
  switch (item.type) {
    case "batch":
      return batchLine(item);
    case "record":
      return recordLine(item);
    case "offsetIndexEntry":
      return `offset: ${item.offset} position: ${item.position}`;
    case "timeIndexEntry":
      return `timestamp: ${item.timestamp} offset: ${item.offset}`;
    case "abortedTransaction":
      return `version: ${item.version} producerId: ${item.producerId} firstOffset: ${item.firstOffset} lastOffset: ${item.lastOffset} lastStableOffset: ${item.lastStableOffset}`;
    case "producer": {
      const open =
        item.currentTxnFirstOffset < 0 ? "OptionalLong.empty" : `OptionalLong[${item.currentTxnFirstOffset}]`;
      const state = `producerId: ${item.producerId} producerEpoch: ${item.producerEpoch} coordinatorEpoch: ${item.coordinatorEpoch} currentTxnFirstOffset: ${open} lastTimestamp: ${item.timestamp} `;
      if (item.lastOffset < 0) return state;
      return `${state}firstSequence: ${item.lastSequence - item.offsetDelta} lastSequence: ${item.lastSequence} lastOffset: ${item.lastOffset} offsetDelta: ${item.offsetDelta} timestamp: ${item.timestamp}`;
    }
    default:
      return undefined;
  }
}

function batchLine(batch: BatchItem): string {
  const horizon = batch.deleteHorizonMs === null ? "OptionalLong.empty" : `OptionalLong[${batch.deleteHorizonMs}]`;
  return [
    `baseOffset: ${batch.baseOffset} lastOffset: ${batch.lastOffset} count: ${batch.recordCount}`,
    `baseSequence: ${batch.baseSequence} lastSequence: ${batch.lastSequence}`,
    `producerId: ${batch.producerId} producerEpoch: ${batch.producerEpoch}`,
    `partitionLeaderEpoch: ${batch.partitionLeaderEpoch} isTransactional: ${batch.isTransactional} isControl: ${batch.isControl}`,
    `deleteHorizonMs: ${horizon} position: ${batch.position} ${batch.timestampType}: ${batch.maxTimestamp}`,
    `size: ${batch.sizeBytes} magic: 2 compresscodec: ${batch.compression} crc: ${batch.crc} isvalid: ${batch.isValid}`,
  ].join(" ");
}

const CONTROL_RECORDS: Readonly<Record<string, string>> = {
  LeaderChangeMessage: "LeaderChange:",
  KRaftVersionRecord: "KRaftVersion",
  VotersRecord: "KRaftVoters",
  SnapshotHeaderRecord: "SnapshotHeader",
  SnapshotFooterRecord: "SnapshotFooter",
};

function recordLine({ offset, timestamp, sequence, key, value, headers, decoded }: RecordItem): string {
  const names = headers.map((header) => header.key).join(",");
  const start = `| offset: ${offset} CreateTime: ${timestamp} keySize: ${key?.length ?? -1} valueSize: ${value?.length ?? -1} sequence: ${sequence} headerKeys: [${names}]`;
  if (decoded === undefined) {
    return `${start}${key === null ? "" : ` key: ${text(key)}`}${value === null ? "" : ` payload: ${text(value)}`}`;
  }
  if (decoded.key === undefined) return `${start} ${unkeyed(decoded.value!)}`;
  const typedKey = JSON.stringify({ type: String(decoded.key.version), data: decoded.key.data });
  return `${start} key: ${typedKey} payload: ${decoded.value === null ? "<DELETE>" : versioned(decoded.value)}`;
}

/** Records of the metadata log, and control records. */
function unkeyed({ name, version, data }: DecodedPart): string {
  if (name === "COMMIT" || name === "ABORT") {
    return `endTxnMarker: ${name} coordinatorEpoch: ${(data as { coordinatorEpoch: number }).coordinatorEpoch}`;
  }
  const control = CONTROL_RECORDS[name];
  if (control !== undefined) return `${control} ${JSON.stringify(data)}`;
  const type = name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase();
  return `payload: ${JSON.stringify({ type, version, data })}`;
}

function versioned({ version, data }: DecodedPart): string {
  return JSON.stringify({ version: String(version), data });
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
