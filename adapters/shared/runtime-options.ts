import type { FileSystem, LogLevel, LogSink } from "../../src/runtime.ts";

/**
 * What the user of a runtime may replace; a test may keep its files in memory and its sockets real. In a file of its own, as are
 * all types that embedding shows: what they import is published, and must not need the types of any runtime.
 */
export interface RuntimeOptions {
  readonly files?: FileSystem;
  readonly log?: LogSink;
  /** What is less severe is not logged. Default: info. */
  readonly logLevel?: LogLevel;
}
