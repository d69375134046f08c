import type { Config } from "../config/config.ts";
import { withDynamicConfigs } from "../config/config.ts";
import type { ConfigLayers } from "../config/config-layers.ts";
import type { MetadataImage } from "../controller/metadata-image.ts";
import { ConfigResourceType } from "../protocol/config-resource-type.ts";

/** A broker's own properties, and over them what was set for the cluster and for this broker (KIP-226). */
export function configLayersOf(image: MetadataImage, config: Config): ConfigLayers {
  const { BROKER } = ConfigResourceType;
  return {
    static: config,
    cluster: image.configs.get(BROKER, ""),
    broker: image.configs.get(BROKER, String(config["node.id"])),
  };
}

/** The values in effect. */
export function dynamicConfigOf(image: MetadataImage, config: Config): Config {
  const { cluster, broker } = configLayersOf(image, config);
  return cluster.size === 0 && broker.size === 0 ? config : withDynamicConfigs(config, cluster, broker);
}
