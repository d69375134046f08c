/** Who wants to know when nobody stands in a line any more. */
export interface LineOwner {
  lineIsEmpty(): void;
}

/** What somebody does whose turn it is; answers whose turn it is after that, if anybody's. It may be over later. */
export type Turn = () => readonly Turn[];

/** Those that follow from each other may be any number: one after the other. */
export function takeTurns(first: Turn): void {
  const due = [first];
  for (let turn = due.shift(); turn !== undefined; turn = due.shift()) due.push(...turn());
}

/**
 * Those who append to something, in the order in which they came. A batch that takes long to check, or that waits for its disk,
 * keeps its place: whoever comes later, and could go on at once, waits behind it.
 */
export class AppendLine {
  private waiting: Turn[] | undefined;
  private readonly owner: LineOwner | undefined;
  /** Who is at the head waits for a disk, which may take long. */
  isStalled = false;

  constructor(owner?: LineOwner) {
    this.owner = owner;
  }

  get isEmpty(): boolean {
    return this.waiting === undefined;
  }

  /** Answers the turn when it is the one. */
  join(turn: Turn): readonly Turn[] {
    if (this.waiting === undefined) {
      this.waiting = [turn];
      return [turn];
    }
    this.waiting.push(turn);
    return [];
  }

  /** For the head, once it is done; answers whose turn it is now. */
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
