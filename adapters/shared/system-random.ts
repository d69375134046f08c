import { randomBytes, randomInt } from "node:crypto";
import type { Random } from "../../src/runtime.ts";

/** The operating system's random numbers. */
export const systemRandom: Random = {
  integer: (below) => randomInt(below),
  bytes: (length) => new Uint8Array(randomBytes(length)),
};
