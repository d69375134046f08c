/**
 * The order of uncommitted changes to a family of tables ({@link TimelineMap}, {@link TimelineSet}, {@link TimelineValue}).
 *
 * A state machine that replays records at append, before they are committed, needs three things of its tables: decisions
 * read the latest state, answers to clients read the committed state, and a failed append takes the latest state back.
 * One journal for all tables makes each of the three cheap: a change costs one entry, and nothing is copied.
 *
 * Values must be immutable: a change is a new value under the key, never a write into the old one.
 */
export class Timeline {
  /** Changes not yet committed, oldest first; entries before `#head` are already committed and wait for compaction. */
  #journal: JournalEntry[] = [];
  #head = 0;
  #offset = 0;
  #committedEndOffset = 0;

  /** The offset of the record that is being replayed; changes belong to it until the next call. Must not go down. */
  advance(offset: number): void {
    if (offset < this.#offset) throw new Error(`Timeline went back from offset ${this.#offset} to ${offset}`);
    this.#offset = offset;
  }

  /** The exclusive end of what is committed. */
  get committedEndOffset(): number {
    return this.#committedEndOffset;
  }

  /** Makes every change of records below `endOffset` (a high watermark) visible to committed reads. */
  commit(endOffset: number): void {
    if (endOffset <= this.#committedEndOffset) return;
    this.#committedEndOffset = endOffset;
    const journal = this.#journal;
    let head = this.#head;
    while (head < journal.length && journal[head]!.offset < endOffset) journal[head++]!.settle();
    this.#head = head;
    if (head === journal.length) {
      this.#journal = [];
      this.#head = 0;
    } else if (head > 1024 && head * 2 > journal.length) {
      this.#journal = journal.slice(head);
      this.#head = 0;
    }
  }

  /** Takes back every change of records at or above `endOffset`: the log was truncated to it, or never got them. */
  revert(endOffset: number): void {
    if (endOffset < this.#committedEndOffset) {
      throw new Error(`Cannot revert to ${endOffset}: offsets below ${this.#committedEndOffset} are committed`);
    }
    const journal = this.#journal;
    while (journal.length > this.#head && journal[journal.length - 1]!.offset >= endOffset) journal.pop()!.undo();
    this.#offset = Math.min(this.#offset, endOffset);
  }

  /** Called by a table, before it changes. */
  record(settle: () => void, undo: () => void): void {
    this.#journal.push({ offset: this.#offset, settle, undo });
  }
}

interface JournalEntry {
  readonly offset: number;
  settle(): void;
  undo(): void;
}
