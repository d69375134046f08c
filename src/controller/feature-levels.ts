import type { VersionRange } from "./broker-registration.ts";

export const METADATA_VERSION = "metadata.version";
export const KRAFT_VERSION = "kraft.version";
export const ELIGIBLE_LEADER_REPLICAS_VERSION = "eligible.leader.replicas.version";

/**
 * What this node can do. Advertising a level is a promise: a cluster may be upgraded to the highest level that all its
 * nodes list. Features of Kafka that are not here are not built, and a cluster that has finalized one is refused.
 */
export const SUPPORTED_FEATURES: ReadonlyMap<string, VersionRange> = new Map([
  [ELIGIBLE_LEADER_REPLICAS_VERSION, { min: 0, max: 1 }],
  [KRAFT_VERSION, { min: 0, max: 1 }],
  // 4.3-IV0 to 4.4-IV2: all records this controller writes have the same versions at these levels.
  [METADATA_VERSION, { min: 30, max: 33 }],
]);

/** Features of Kafka that are not built: all that can be asked of them is to be off. */
const NOT_BUILT: ReadonlySet<string> = new Set([
  "group.version",
  "share.version",
  "streams.version",
  "transaction.version",
]);

export function isFeatureOfKafka(name: string): boolean {
  return SUPPORTED_FEATURES.has(name) || NOT_BUILT.has(name);
}

/** The metadata.version, 4.4-IV2, from which on a controller can be taken out of the metadata. */
export const CONTROLLER_UNREGISTRATION_LEVEL = 33;

/** The level of each feature in a new cluster, in the order of the bootstrap records. */
export const INITIAL_FEATURE_LEVELS: ReadonlyMap<string, number> = new Map([
  [METADATA_VERSION, 33],
  [ELIGIBLE_LEADER_REPLICAS_VERSION, 1],
]);

interface MetadataVersion {
  readonly name: string;
  /** Whether it brought records, or fields of records, that its predecessor cannot read. */
  readonly changedRecords: boolean;
}

const METADATA_VERSIONS: ReadonlyMap<number, MetadataVersion> = new Map([
  [30, { name: "4.3-IV0", changedRecords: true }],
  [31, { name: "4.4-IV0", changedRecords: false }],
  [32, { name: "4.4-IV1", changedRecords: true }],
  [33, { name: "4.4-IV2", changedRecords: true }],
]);

export function metadataVersionName(level: number): string {
  return METADATA_VERSIONS.get(level)?.name ?? String(level);
}

/** Whether going back from one metadata.version to a lower one could lose something that is in the log by now. */
export function didRecordsChange(fromLevel: number, toLevel: number): boolean {
  for (let level = fromLevel; level > toLevel; level--) {
    if (METADATA_VERSIONS.get(level)?.changedRecords ?? true) return true;
  }
  return false;
}
