import { writeSync } from "node:fs";
import process from "node:process";

/** Nothing can be written there: nobody reads any more, the disk is full, the terminal is gone. */
export type OnWriteFailure = (error: NodeJS.ErrnoException) => void;

/**
 * Standard output or error without a stream, which takes a runtime from 3 ms (Node) to 30 ms (Deno) to make. Like a stream
 * of Node it writes at once, also to a pipe. Only a pipe that another process has made non-blocking, and that is full,
 * gets the stream.
 */
export class DescriptorOutput {
  private readonly descriptor: 1 | 2;
  private readonly onFailure: OnWriteFailure;
  private stream: NodeJS.WriteStream | undefined;

  constructor(descriptor: 1 | 2, onFailure: OnWriteFailure) {
    this.descriptor = descriptor;
    this.onFailure = onFailure;
  }

  write(text: string): void {
    const bytes = new TextEncoder().encode(text);
    let count = 0;
    try {
      while (this.stream === undefined && count < bytes.length) count += writeSync(this.descriptor, bytes, count);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") {
        this.onFailure(error as NodeJS.ErrnoException);
        return;
      }
      this.stream = (this.descriptor === 1 ? process.stdout : process.stderr).on("error", this.onFailure);
    }
    if (count < bytes.length) this.stream!.write(bytes.subarray(count));
  }
}

export function exitingOnError(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  return stream.on("error", endWithoutReader);
}

/** Somebody who closes the pipe has seen enough: `polylog consume ... | head`. */
export function endWithoutReader(error: NodeJS.ErrnoException): never {
  process.exit(error.code === "EPIPE" ? 0 : 1);
}
