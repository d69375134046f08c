/** How much of a log is known to be on the disk: all segments below `baseOffset`, and so many bytes of that one. */
export interface FlushedExtent {
  readonly baseOffset: number;
  readonly sizeBytes: number;
}

/** How many bytes of the segment of `baseOffset` are; infinitely many when it all is. */
export function flushedBytesOf(baseOffset: number, flushed: FlushedExtent | undefined): number {
  if (flushed === undefined || baseOffset > flushed.baseOffset) return 0;
  return baseOffset < flushed.baseOffset ? Number.POSITIVE_INFINITY : flushed.sizeBytes;
}
