import type { Finding, Severity } from "../inspection/finding.ts";
import { printable } from "./printable.ts";

const LABELS: Readonly<Record<Severity, string>> = {
  note: "note",
  repaired: "repairable",
  damaged: "DAMAGED",
  refused: "FATAL",
};

/** A finding for a person: what and where, and under it what comes of it. */
export function findingText({ severity, path, position, offset, problem, atStart }: Finding): string {
  const place = [
    position === undefined ? "" : ` at position ${position}`,
    offset === undefined ? "" : `${position === undefined ? " at" : ","} offset ${offset}`,
  ].join("");
  const consequence = atStart === undefined ? "" : `    at the next start: ${atStart}\n`;
  return `${LABELS[severity]}  ${path}${place}\n    ${printable(problem)}\n${consequence}`;
}
