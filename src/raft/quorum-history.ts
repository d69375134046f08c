import type { ControlRecord } from "./control-record.ts";
import { VoterSet } from "./voter-set.ts";

/** What the control records of the log or its snapshot say about the quorum. */
export interface QuorumConfiguration {
  readonly voters: VoterSet;
  /** The offset of the VotersRecord; undefined when no log record holds it yet (a bootstrap snapshot, or a static quorum). */
  readonly votersOffset: number | undefined;
  readonly kraftVersion: number;
}

/** The quorum of a snapshot; under kraft.version 0 a snapshot tells none, as the voters are configured. */
export type SnapshotQuorum = { readonly kraftVersion: number; readonly voters: VoterSet["voters"] } | undefined;

interface Entry {
  readonly offset: number;
  readonly quorum: QuorumConfiguration;
}

/** The offset at which a configuration stands that came from no record of the log. */
const BEFORE_THE_LOG = -1;

/**
 * Voters and kraft.version by offset. What a record says counts from the moment it is in the log, committed or not, and
 * a truncation takes it back (KIP-853).
 */
export class QuorumHistory {
  readonly #static: QuorumConfiguration;
  /** Ascending, never empty. */
  #entries: Entry[];

  /** `staticVoters` of `controller.quorum.voters` vote until a record or snapshot names others. */
  constructor(staticVoters: VoterSet) {
    this.#static = { voters: staticVoters, votersOffset: undefined, kraftVersion: 0 };
    this.#entries = [{ offset: BEFORE_THE_LOG, quorum: this.#static }];
  }

  get latest(): QuorumConfiguration {
    return this.#entries.at(-1)!.quorum;
  }

  /** The configuration after the record at `offset`. */
  at(offset: number): QuorumConfiguration {
    return (this.#entries.findLast((entry) => entry.offset <= offset) ?? this.#entries[0]!).quorum;
  }

  /** The control batch that starts at `baseOffset` is in the log now. */
  append(baseOffset: number, records: readonly ControlRecord[]): void {
    for (const [index, record] of records.entries()) {
      const offset = baseOffset + index;
      if (record.type === "kraftVersion") {
        this.#entries.push({ offset, quorum: { ...this.latest, kraftVersion: record.kraftVersion } });
      } else if (record.type === "voters") {
        const voters = new VoterSet(record.voters);
        this.#entries.push({ offset, quorum: { ...this.latest, voters, votersOffset: offset } });
      }
    }
  }

  /** Forgets what records at and above `endOffset` said. */
  truncateTo(endOffset: number): void {
    this.#entries = this.#entries.filter((entry) => entry.offset < endOffset);
    if (this.#entries.length === 0) this.#entries = [{ offset: BEFORE_THE_LOG, quorum: this.#static }];
  }

  /** Keeps what is needed to know the configuration at `offset` and later. */
  forgetBefore(offset: number): void {
    const first = this.#entries.findLastIndex((entry) => entry.offset <= offset);
    if (first > 0) this.#entries = this.#entries.slice(first);
  }

  /** A snapshot that ends at `endOffset` stands for everything before; the bootstrap snapshot ends at 0. */
  restart(endOffset: number, quorum: SnapshotQuorum): void {
    const offset = endOffset === 0 ? BEFORE_THE_LOG : endOffset - 1;
    if (quorum === undefined) {
      this.#entries = [{ offset, quorum: this.#static }];
      return;
    }
    const votersOffset = endOffset === 0 ? undefined : offset;
    const voters = new VoterSet(quorum.voters);
    this.#entries = [{ offset, quorum: { voters, votersOffset, kraftVersion: quorum.kraftVersion } }];
  }
}
