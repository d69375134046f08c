/** Told when a line has become empty. */
export interface LineOwner {
  lineIsEmpty(): void;
}

/** Runs when the turn has come. Returns the turn that comes next, if there is one; the work itself may go on after that. */
export type Turn = () => readonly Turn[];

/** Runs turns that follow from each other in a loop, since there may be any number of them. */
export function takeTurns(first: Turn): void {
  const due = [first];
  for (let turn = due.shift(); turn !== undefined; turn = due.shift()) due.push(...turn());
}

/**
 * A line of appends in the order in which they came. A batch that takes long to check, or that waits for its disk, keeps its place:
 * batches that come later wait behind it, even if they could be appended at once.
 */
export class AppendLine {
  private waiting: Turn[] | undefined;
  private readonly owner: LineOwner | undefined;
  /** True while the append at the head waits for a disk, which may take long. */
  isStalled = false;

  constructor(owner?: LineOwner) {
    this.owner = owner;
  }

  get isEmpty(): boolean {
    return this.waiting === undefined;
  }

  /** Joins the line. Returns the turn if it can run at once. */
  join(turn: Turn): readonly Turn[] {
    if (this.waiting === undefined) {
      this.waiting = [turn];
      return [turn];
    }
    this.waiting.push(turn);
    return [];
  }

  /** To be called by the head once it is done. Returns the turn that comes next. */
  leave(): readonly Turn[] {
    const line = this.waiting!;
    line.shift();
    this.isStalled = false;
    if (line.length > 0) return [line[0]!];
    this.waiting = undefined;
    this.owner?.lineIsEmpty();
    return [];
  }
}
