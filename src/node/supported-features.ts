import { SUPPORTED_FEATURES } from "../controller/feature-levels.ts";
import type { SupportedFeature } from "../server/services.ts";

export function supportedFeatures(): SupportedFeature[] {
  return [...SUPPORTED_FEATURES].map(([name, { min, max }]) => ({ name, min, max }));
}
