import { randomBytes } from "node:crypto";

/** A name that no other test of the run uses, so that tests can share a broker. */
export function uniqueName(what: string): string {
  return `${what}-${randomBytes(4).toString("hex")}`;
}
