import type { Segment } from "./segment.ts";

/** The segments of a log by base offset, ascending; the last is the active one. */
export class LogSegments {
  #segments: Segment[] = [];

  get all(): readonly Segment[] {
    return this.#segments;
  }

  get isEmpty(): boolean {
    return this.#segments.length === 0;
  }

  get first(): Segment {
    return this.#segments[0]!;
  }

  get active(): Segment {
    return this.#segments[this.#segments.length - 1]!;
  }

  get sizeBytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.sizeBytes, 0);
  }

  /** The segment must lie behind all others. */
  add(segment: Segment): void {
    const last = this.#segments.at(-1);
    if (last !== undefined && last.baseOffset >= segment.baseOffset) {
      throw new Error(`${segment.path} does not follow ${last.path}`);
    }
    this.#segments.push(segment);
  }

  /** The index of the segment that would hold the offset: the last one that starts at or before it; -1 when none does. */
  floorIndex(offset: number): number {
    let low = -1;
    let high = this.#segments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#segments[middle]!.baseOffset <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** From the segment that would hold the offset on. */
  from(offset: number): readonly Segment[] {
    return this.#segments.slice(Math.max(0, this.floorIndex(offset)));
  }

  /** Takes out the segments for which `isGone` holds and answers them. */
  remove(isGone: (segment: Segment) => boolean): Segment[] {
    const gone = this.#segments.filter(isGone);
    if (gone.length > 0) this.#segments = this.#segments.filter((segment) => !isGone(segment));
    return gone;
  }

  /** Puts `segment` where the ones were for which `isGone` holds. */
  replace(isGone: (segment: Segment) => boolean, segment: Segment): void {
    const others = this.#segments.filter((other) => !isGone(other));
    this.#segments = [...others, segment].sort((one, other) => one.baseOffset - other.baseOffset);
  }

  closeFiles(): void {
    for (const segment of this.#segments) segment.close();
  }
}
