import type { Config } from "../config/config.ts";
import type { MetadataDelta, MetadataImage } from "../controller/metadata-image.ts";
import { ConfigResourceType } from "../protocol/config-resource-type.ts";
import type { ReplicationQuota, ReplicationQuotas } from "../replica/replication-quota.ts";
import { configLayersOf } from "../server/config-layers-of.ts";

/**
 * Holds replication (KIP-73) and moves between log directories (KIP-113) to the rates that were set for this broker or for
 * all of them; none has one at the start.
 */
export class ReplicationQuotaUpdater {
  private readonly config: Config;
  private readonly quotas: ReplicationQuotas;
  private readonly moves: ReplicationQuota;

  constructor(config: Config, quotas: ReplicationQuotas, moves: ReplicationQuota) {
    this.config = config;
    this.quotas = quotas;
    this.moves = moves;
  }

  applyMetadata(delta: MetadataDelta, image: MetadataImage): void {
    if (!delta.configs.some(({ type }) => type === ConfigResourceType.BROKER)) return;
    const { cluster, broker } = configLayersOf(image, this.config);
    const bind = (quota: ReplicationQuota, key: string) => {
      const rate = broker.get(key) ?? cluster.get(key);
      quota.boundBytesPerSecond = rate === undefined ? Number.POSITIVE_INFINITY : Number(rate);
    };
    bind(this.quotas.leader, "leader.replication.throttled.rate");
    bind(this.quotas.follower, "follower.replication.throttled.rate");
    bind(this.moves, "replica.alter.log.dirs.io.max.bytes.per.second");
  }
}
