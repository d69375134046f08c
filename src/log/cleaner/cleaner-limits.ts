/** What one cleaning may use. */
export interface CleanerLimits {
  /** Of the map of keys: `log.cleaner.dedupe.buffer.size`, divided among `log.cleaner.threads`. */
  readonly mapBytes: number;
  /** How full the map may get: `log.cleaner.io.buffer.load.factor`. */
  readonly loadFactor: number;
  /** Of the buffer to read into, and again of that to write from: half of a thread's `log.cleaner.io.buffer.size`. */
  readonly ioBufferBytes: number;
}
