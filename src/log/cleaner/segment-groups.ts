import { MAX_RELATIVE_OFFSET } from "../offset-index.ts";

/** What decides whether a segment fits into a group; `Segment` has it. */
export interface GroupedSegment {
  readonly baseOffset: number;
  readonly sizeBytes: number;
  readonly offsetIndex: { readonly sizeBytes: number };
  readonly timeIndex: { readonly sizeBytes: number };
}

export interface GroupLimits {
  readonly "segment.bytes": number;
  readonly "segment.index.bytes": number;
}

/**
 * Neighbours that together are no larger than one segment may be: each group becomes one segment, so that segments do not
 * shrink for ever.
 */
export function groupSegments<S extends GroupedSegment>(
  segments: readonly S[],
  limits: GroupLimits,
  firstUncleanableOffset: number,
): S[][] {
  const groups: S[][] = [];
  let group: GroupSize | undefined;
  segments.forEach((segment, index) => {
    const endOffset = segments[index + 1]?.baseOffset ?? firstUncleanableOffset;
    if (group?.fits(segment, endOffset) === true) {
      groups.at(-1)!.push(segment);
    } else {
      groups.push([segment]);
      group = new GroupSize(limits, segment.baseOffset);
    }
    group!.add(segment);
  });
  return groups;
}

class GroupSize {
  readonly #limits: GroupLimits;
  readonly #baseOffset: number;
  #logBytes = 0;
  #offsetIndexBytes = 0;
  #timeIndexBytes = 0;

  constructor(limits: GroupLimits, baseOffset: number) {
    this.#limits = limits;
    this.#baseOffset = baseOffset;
  }

  /** The offsets of an empty segment do not count: else one would stay behind every 2^31 offsets. */
  fits(segment: GroupedSegment, endOffset: number): boolean {
    const indexBytes = this.#limits["segment.index.bytes"];
    return (
      this.#logBytes + segment.sizeBytes <= this.#limits["segment.bytes"] &&
      this.#offsetIndexBytes + segment.offsetIndex.sizeBytes <= indexBytes &&
      this.#timeIndexBytes + segment.timeIndex.sizeBytes <= indexBytes &&
      (segment.sizeBytes === 0 || endOffset - 1 - this.#baseOffset <= MAX_RELATIVE_OFFSET)
    );
  }

  add(segment: GroupedSegment): void {
    this.#logBytes += segment.sizeBytes;
    this.#offsetIndexBytes += segment.offsetIndex.sizeBytes;
    this.#timeIndexBytes += segment.timeIndex.sizeBytes;
  }
}
