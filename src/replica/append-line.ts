/** Who wants to know when nobody stands in a line any more. */
export interface LineOwner {
  lineIsEmpty(): void;
}

/**
 * Those who append to something, in the order in which they came. A batch that takes long to check keeps its place: whoever
 * comes later, and could go on at once, waits behind it.
 */
export class AppendLine {
  private waiting: PendingAppend[] | undefined;
  private readonly owner: LineOwner | undefined;

  constructor(owner?: LineOwner) {
    this.owner = owner;
  }

  get isEmpty(): boolean {
    return this.waiting === undefined;
  }

  /** Whether it stands at the head. */
  join(append: PendingAppend): boolean {
    if (this.waiting === undefined) {
      this.waiting = [append];
      return true;
    }
    this.waiting.push(append);
    return false;
  }

  /** For the head, once it is done; answers who is the head now. */
  leave(): PendingAppend | undefined {
    const line = this.waiting!;
    line.shift();
    if (line.length > 0) return line[0];
    this.waiting = undefined;
    this.owner?.lineIsEmpty();
    return undefined;
  }
}

/**
 * What is appended together once all of it is prepared and nobody stands in front of it in any of its lines. It joins all of
 * them at once, so that nobody ever waits for someone who came later.
 */
export class PendingAppend {
  private readonly perform: () => void;
  private lines: readonly AppendLine[] = [];
  /** What is not prepared yet, and the lines with others in front. */
  private obstacles: number;

  /** `perform` does not throw. */
  constructor(unpreparedCount: number, perform: () => void) {
    this.obstacles = unpreparedCount;
    this.perform = perform;
  }

  /** Each line once. Performs at once when nothing stands against it. */
  join(lines: readonly AppendLine[]): void {
    this.lines = lines;
    for (const line of lines) if (!line.join(this)) this.obstacles++;
    if (this.obstacles === 0) this.run();
  }

  /** One thing more is prepared. */
  prepared(): void {
    if (--this.obstacles === 0) this.run();
  }

  /** One after the other, as those behind may be ready too, and any number of them. */
  private run(): void {
    const ready: PendingAppend[] = [this];
    for (let next = ready.shift(); next !== undefined; next = ready.shift()) {
      next.perform();
      for (const line of next.lines) {
        const head = line.leave();
        if (head !== undefined && --head.obstacles === 0) ready.push(head);
      }
    }
  }
}
