import type { Random } from "../runtime.ts";
import type { LogConfig } from "./log-config.ts";

/** The largest bound of {@link Random.integer}. */
const MAX_DRAW = 2 ** 48;

/** What a segment is rolled earlier by than `segment.ms` says: less than that, and than `segment.jitter.ms`. */
export function drawRollJitter(config: LogConfig, random: Random): number {
  const bound = Math.min(config["segment.jitter.ms"], config["segment.ms"], MAX_DRAW);
  return bound > 0 ? random.integer(bound) : 0;
}
