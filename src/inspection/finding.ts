/**
 * What is wrong with a file or directory:
 * - `note`: nothing is, but whoever looks wants to know; every kill leaves some.
 * - `repaired`: the next start makes it good, and no record is lost.
 * - `damaged`: records are lost, or can't be read, or are not what was written.
 * - `refused`: the next start fails, or goes on without this directory.
 */
export type Severity = "note" | "repaired" | "damaged" | "refused";

export interface Finding {
  readonly severity: Severity;
  readonly path: string;
  /** In the file. */
  readonly position?: number;
  readonly offset?: number;
  /** A clause without a capital letter or a full stop, as is {@link atStart}. */
  readonly problem: string;
  /** What the next start of a broker does about it. */
  readonly atStart?: string;
}

/**
 * Work that tells what it finds and, with undefined, when others may have a turn. Only what it yields leaves it, so that a
 * directory of any size is looked through in bounded memory.
 */
export type Inspection<T = void> = Generator<Finding | undefined, T, void>;
