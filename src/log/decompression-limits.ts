import type { Config } from "../config/config.ts";

/** How far batches of clients may expand. */
export interface DecompressionLimits {
  readonly batchBytes: number;
  readonly requestBytes: number;
  /** Of all that is decompressed at the same time. */
  readonly totalBytes: number;
}

export function decompressionLimitsOf(config: Config): DecompressionLimits {
  return {
    batchBytes: config["polylog.max.decompressed.batch.bytes"],
    requestBytes: config["polylog.max.decompressed.request.bytes"],
    totalBytes: config["polylog.queued.max.decompressed.bytes"],
  };
}
