import { ErrorCode } from "../protocol/error-codes.ts";
import type { MetadataRecord } from "../protocol/metadata-records/index.ts";
import type { Timeline } from "../timeline/timeline.ts";
import { TimelineMap } from "../timeline/timeline-map.ts";
import { type ApiError, apiError } from "./api-error.ts";
import type { VersionRange } from "./broker-registration.ts";
import {
  didRecordsChange,
  ELIGIBLE_LEADER_REPLICAS_VERSION,
  isFeatureOfKafka,
  KRAFT_VERSION,
  METADATA_VERSION,
  SUPPORTED_FEATURES,
} from "./feature-levels.ts";
import { featureLevelRecord, noOpRecord } from "./record-factory.ts";

export const UpgradeType = { UPGRADE: 1, SAFE_DOWNGRADE: 2, UNSAFE_DOWNGRADE: 3 } as const;

export interface FeatureUpdate {
  readonly feature: string;
  readonly level: number;
  /** See {@link UpgradeType}. */
  readonly upgradeType: number;
}

/** A node of the cluster and the levels it can work at. */
export interface FeatureSupport {
  /** "Broker 3", "Controller 1": how messages name the node. */
  readonly node: string;
  readonly features: ReadonlyMap<string, VersionRange>;
}

/** kraft.version, which lives in the quorum's own control records (KIP-853). */
export interface QuorumVersion {
  /** With an upgrade that is under way. */
  readonly kraftVersion: number;
  /** Why the voters cannot go on at this version; undefined when they can, or are there already. */
  kraftVersionProblem(version: number): string | undefined;
}

/** The finalized feature levels of the cluster (KIP-584, KIP-778). */
export class FeatureManager {
  readonly #levels: TimelineMap<string, number>;
  readonly #quorum: QuorumVersion;
  readonly #nodeId: number;

  constructor(options: { timeline: Timeline; nodeId: number; quorum: QuorumVersion }) {
    this.#levels = new TimelineMap(options.timeline);
    this.#nodeId = options.nodeId;
    this.#quorum = options.quorum;
  }

  /** 0 when the feature is off. */
  level(feature: string): number {
    return feature === KRAFT_VERSION ? this.#quorum.kraftVersion : (this.#levels.get(feature) ?? 0);
  }

  committedLevel(feature: string): number {
    return this.#levels.getCommitted(feature) ?? 0;
  }

  get elrEnabled(): boolean {
    return this.level(ELIGIBLE_LEADER_REPLICAS_VERSION) > 0;
  }

  levels(): IterableIterator<[string, number]> {
    return this.#levels.entries();
  }

  /** All updates or none. */
  update(updates: readonly FeatureUpdate[], others: Iterable<FeatureSupport>): readonly MetadataRecord[] | ApiError {
    const nodes = [{ node: `Local controller ${this.#nodeId}`, features: SUPPORTED_FEATURES }, ...others];
    const records: MetadataRecord[] = [];
    for (const { feature, level, upgradeType } of updates) {
      const problem = this.#problem({ feature, level, upgradeType }, nodes);
      if (problem !== undefined) {
        return apiError(ErrorCode.INVALID_UPDATE_VERSION, problem);
      }
      if (level === this.level(feature)) continue;
      // The quorum appends the record of its own version: what is committed behind it answers for it, as in Kafka.
      records.push(feature === KRAFT_VERSION ? noOpRecord() : featureLevelRecord(feature, level));
    }
    return records;
  }

  replay(record: MetadataRecord): void {
    if (record.type !== "FeatureLevelRecord") return;
    const { name, featureLevel } = record.record;
    if (featureLevel === 0) this.#levels.delete(name);
    else this.#levels.set(name, featureLevel);
  }

  #problem(update: FeatureUpdate, nodes: readonly FeatureSupport[]): string | undefined {
    const { feature, level } = update;
    const current = this.level(feature);
    const problem = this.#levelProblem(update, nodes);
    if (problem !== undefined) return `Invalid update version ${level} for feature ${feature}. ${problem}`;
    if (feature === KRAFT_VERSION) return this.#quorum.kraftVersionProblem(level);
    if (feature !== METADATA_VERSION || level >= current || !didRecordsChange(current, level)) return undefined;
    const refusal =
      update.upgradeType === UpgradeType.UNSAFE_DOWNGRADE
        ? "Unsafe metadata downgrade is not supported in this version."
        : "Refusing to perform the requested downgrade because it might delete metadata information.";
    return `Unsupported metadata.version downgrade from ${current} to ${level}. ${refusal}`;
  }

  #levelProblem({ feature, level, upgradeType }: FeatureUpdate, nodes: readonly FeatureSupport[]): string | undefined {
    if (upgradeType < UpgradeType.UPGRADE || upgradeType > UpgradeType.UNSAFE_DOWNGRADE) {
      return "The controller does not support the given upgrade type.";
    }
    if (level < 0) return "A feature version cannot be less than 0.";
    for (const { node, features } of nodes) {
      const problem = unsupported(node, level, features.get(feature));
      if (problem !== undefined) return problem;
    }
    const current = this.level(feature);
    if (level < current && upgradeType === UpgradeType.UPGRADE) {
      return "Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe downgrade.";
    }
    if (level > current && upgradeType !== UpgradeType.UPGRADE) return "Can't downgrade to a newer version.";
    if (feature === KRAFT_VERSION && level < current) return "Can't downgrade the version of this feature.";
    // At level 0, to which every node agrees.
    if (!isFeatureOfKafka(feature)) return `Feature ${feature} not found.`;
    return undefined;
  }
}

function unsupported(node: string, level: number, range: VersionRange = { min: 0, max: 0 }): string | undefined {
  if (level >= range.min && level <= range.max) return undefined;
  if (range.max === 0) return `${node} does not support this feature.`;
  return `${node} only supports versions ${range.min}-${range.max}`;
}
