import type { Finding, Severity } from "./finding.ts";

/** So many findings of one file say what is wrong with it. */
const MAX_FINDINGS = 20;

/** The findings of one file, until somebody takes them: the first ones, and how many there are beyond. */
export class FindingBuffer {
  readonly path: string;
  readonly #severity: Severity;
  readonly #atStart: string | undefined;
  #findings: Finding[] = [];
  #count = 0;

  constructor(path: string, severity: Severity, atStart?: string) {
    this.path = path;
    this.#severity = severity;
    this.#atStart = atStart;
  }

  /** With the severity and the consequence of the file, unless they are told. */
  add(problem: string, details: Partial<Omit<Finding, "path" | "problem">> = {}): void {
    if (++this.#count > MAX_FINDINGS) return;
    const atStart = this.#atStart === undefined ? {} : { atStart: this.#atStart };
    this.#findings.push({ severity: this.#severity, path: this.path, problem, ...atStart, ...details });
  }

  take(): readonly Finding[] {
    const findings = this.#findings;
    if (findings.length > 0) this.#findings = [];
    return findings;
  }

  /** What is left, and the number of those that were too many. */
  *finish(): Generator<Finding, void, void> {
    yield* this.take();
    const more = this.#count - MAX_FINDINGS;
    if (more <= 0) return;
    yield { severity: this.#severity, path: this.path, problem: `${more} more problems of this file are not shown` };
  }
}
