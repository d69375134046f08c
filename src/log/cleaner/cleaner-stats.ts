/** What one cleaning of one log did. Times are of the runtime's monotonic clock. */
export class CleanerStats {
  readonly startedMs: number;
  /** When the map was complete, and when everything was. */
  mapCompleteMs: number;
  endedMs: number;
  mapBytesRead = 0;
  mapRecordsRead = 0;
  bytesRead = 0;
  recordsRead = 0;
  bytesWritten = 0;
  recordsWritten = 0;
  /** Without a key, which a compacted log should not have. */
  invalidRecordsRead = 0;
  /** How full the map got, of what its buffer allows; 0 to 1. */
  bufferUtilization = 0;

  constructor(startedMs: number) {
    this.startedMs = startedMs;
    this.mapCompleteMs = startedMs;
    this.endedMs = startedMs;
  }

  /** Read and written, in all. */
  get ioBytes(): number {
    return this.mapBytesRead + this.bytesRead + this.bytesWritten;
  }

  get elapsedSeconds(): number {
    return (this.endedMs - this.startedMs) / 1000;
  }

  /** One line for the operator. */
  describe(): string {
    const { bytesRead, bytesWritten, recordsRead, recordsWritten, elapsedSeconds } = this;
    const megabytes = (bytes: number) => `${(bytes / (1024 * 1024)).toFixed(1)} MB`;
    const mapSeconds = (this.mapCompleteMs - this.startedMs) / 1000;
    return (
      `${megabytes(bytesRead)} and ${recordsRead} records became ${megabytes(bytesWritten)} and ${recordsWritten} ` +
      `in ${elapsedSeconds.toFixed(1)} s (${mapSeconds.toFixed(1)} s of it to map ${megabytes(this.mapBytesRead)}, ` +
      `buffer ${(100 * this.bufferUtilization).toFixed(1)}% full)`
    );
  }
}
