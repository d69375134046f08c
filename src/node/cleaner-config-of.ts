import type { Config } from "../config/config.ts";
import type { CleanerConfig } from "../log/cleaner/cleaner-config.ts";

/** The broker's settings as the log cleaner wants them. */
export function cleanerConfigOf(config: Config): CleanerConfig {
  return {
    isEnabled: config["log.cleaner.enable"],
    threads: config["log.cleaner.threads"],
    dedupeBufferBytes: config["log.cleaner.dedupe.buffer.size"],
    loadFactor: config["log.cleaner.io.buffer.load.factor"],
    ioBufferBytes: config["log.cleaner.io.buffer.size"],
    maxIoBytesPerSecond: config["log.cleaner.io.max.bytes.per.second"],
    backoffMs: config["log.cleaner.backoff.ms"],
  };
}
