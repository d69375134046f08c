import { ConfigResourceType } from "../protocol/config-resource-type.ts";
import type { MetadataRecord } from "../protocol/metadata-records/index.ts";
import type { ControllerState } from "./controller-state.ts";
import {
  ELIGIBLE_LEADER_REPLICAS_VERSION,
  INITIAL_FEATURE_LEVELS,
  METADATA_VERSION,
  metadataVersionName,
  SUPPORTED_FEATURES,
} from "./feature-levels.ts";
import {
  abortTransactionRecord,
  beginTransactionRecord,
  configRecord,
  endTransactionRecord,
  featureLevelRecord,
} from "./record-factory.ts";

/**
 * What a controller writes when it becomes active: in an empty log the bootstrap records, all or none of which become
 * visible; and the end of a metadata transaction that the last controller left open.
 */
export function activationRecords(
  state: ControllerState,
  bootstrapRecords: readonly MetadataRecord[],
): readonly MetadataRecord[] {
  const aborted = state.hasOpenTransaction ? [abortTransactionRecord("Controller failover")] : [];
  // Committed: an open bootstrap transaction of an earlier leader does not count.
  if (state.features.committedLevel(METADATA_VERSION) > 0) return aborted;
  const bootstrap = bootstrapRecords.length > 0 ? bootstrapRecords : initialFeatures();
  return [
    ...aborted,
    beginTransactionRecord("Bootstrap records"),
    ...bootstrap,
    ...minInsyncReplicas(state, bootstrap),
    endTransactionRecord(),
  ];
}

export function initialFeatures(): MetadataRecord[] {
  return [...INITIAL_FEATURE_LEVELS].map(([name, level]) => featureLevelRecord(name, level));
}

/** Undefined when this node can work at every finalized level. */
export function unsupportedLevel(levels: Iterable<readonly [string, number]>): string | undefined {
  for (const [name, level] of levels) {
    const range = SUPPORTED_FEATURES.get(name) ?? { min: 0, max: 0 };
    if (level >= range.min && level <= range.max) continue;
    const text = name === METADATA_VERSION ? `${level} (${metadataVersionName(level)})` : level;
    return `The cluster has finalized ${name} at ${text}, and this node supports ${range.min} to ${range.max}`;
  }
  return undefined;
}

/** KIP-966: with eligible leader replicas the minimum must be the same for all brokers, so it becomes a cluster setting. */
function minInsyncReplicas(state: ControllerState, bootstrap: readonly MetadataRecord[]): MetadataRecord[] {
  const elrEnabled = bootstrap.some(
    (entry) =>
      entry.type === "FeatureLevelRecord" &&
      entry.record.name === ELIGIBLE_LEADER_REPLICAS_VERSION &&
      entry.record.featureLevel > 0,
  );
  if (!elrEnabled) return [];
  const value = String(state.rules.staticMinInsyncReplicas);
  return [configRecord(ConfigResourceType.BROKER, "", "min.insync.replicas", value)];
}
