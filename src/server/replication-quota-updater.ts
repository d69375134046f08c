import type { Config } from "../config/config.ts";
import { ConfigResourceType, type MetadataDelta, type MetadataImage } from "../controller/metadata-image.ts";
import type { ReplicationQuota, ReplicationQuotas } from "../replica/replication-quota.ts";
import type { MetadataSubscriber } from "./broker-metadata.ts";
import { configLayersOf } from "./config-layers-of.ts";

/** Holds replication to the rates that were set for this broker or for all of them (KIP-73); neither has one at the start. */
export class ReplicationQuotaUpdater implements MetadataSubscriber {
  private readonly config: Config;
  private readonly quotas: ReplicationQuotas;

  constructor(config: Config, quotas: ReplicationQuotas) {
    this.config = config;
    this.quotas = quotas;
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
  }
}
