import type { Config } from "../config/config.ts";
import type { Usage } from "../runtime.ts";

const BY_SYSTEM = -1;
const DEFAULT_MAX = 10_000;

/** `polylog.max.open.segment.files`; the other half of what the system allows is for connections. */
export function maxOpenSegmentFiles(config: Config, { openFilesLimit }: Usage): number {
  const configured = config["polylog.max.open.segment.files"];
  if (configured !== BY_SYSTEM) return configured;
  return Math.min(DEFAULT_MAX, Math.floor((openFilesLimit ?? Number.MAX_SAFE_INTEGER) / 2));
}
