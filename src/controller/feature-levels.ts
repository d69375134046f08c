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

/** The level of each feature in a new cluster, in the order of the bootstrap records. */
export const INITIAL_FEATURE_LEVELS: ReadonlyMap<string, number> = new Map([
  [METADATA_VERSION, 33],
  [ELIGIBLE_LEADER_REPLICAS_VERSION, 1],
]);

const METADATA_VERSION_NAMES: ReadonlyMap<number, string> = new Map([
  [30, "4.3-IV0"],
  [31, "4.4-IV0"],
  [32, "4.4-IV1"],
  [33, "4.4-IV2"],
]);

export function metadataVersionName(level: number): string {
  return METADATA_VERSION_NAMES.get(level) ?? String(level);
}
