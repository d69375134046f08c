import type { Config } from "../config/config.ts";
import type { Usage } from "../runtime.ts";

const BY_SYSTEM = -1;
const DEFAULT_MAX = 10_000;
/** A connection takes one, a partition that is written to up to three. */
const FEW_OPEN_FILES = 4096;

/** `polylog.max.open.segment.files`; the other half of what the system allows is for connections. */
export function maxOpenSegmentFiles(config: Config, { openFilesLimit }: Usage): number {
  const configured = config["polylog.max.open.segment.files"];
  if (configured !== BY_SYSTEM) return configured;
  return Math.min(DEFAULT_MAX, Math.floor((openFilesLimit ?? Number.MAX_SAFE_INTEGER) / 2));
}

/** For the log; undefined where there are enough. */
export function openFilesWarning({ openFilesLimit = Number.POSITIVE_INFINITY }: Usage): string | undefined {
  if (openFilesLimit >= FEW_OPEN_FILES) return undefined;
  return `The system lets this process have ${openFilesLimit} files open (ulimit -n), connections among them: that is few for a broker. Raise the limit before the start, to 65536 or more.`;
}
