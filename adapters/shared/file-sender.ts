import type { FileRange, LogSink, SentRanges } from "../../src/runtime.ts";
import { DiskFile } from "./disk-file.ts";
import type { SystemCalls } from "./system-calls.ts";
import type { WarmRange } from "./warm-range.ts";

/** Smaller ranges are cheaper to copy, together with their neighbours and with one write for all. */
export const leastDirectBytes = 32 * 1024;

/** The runtime says that a socket takes bytes, and sendfile(2) so often in a row that it does not: it does not work here. */
const maxRefusalsInRow = 100;

/** A range that is not in the page cache. */
export const IS_COLD = -1;

/** What has left how; the network's connections add to it. */
export class RangeCounts implements SentRanges {
  zeroCopyBytes = 0;
  copiedBytes = 0;
  coldBytes = 0;
}

/**
 * Sends ranges of files by sendfile(2), for all connections of a network. The calls are loaded when the first range is to
 * be sent; from the moment something about them turns out not to work, all ranges are copied, and the log says why.
 */
export class FileSender {
  private readonly loadCalls: () => SystemCalls;
  private readonly counts: RangeCounts;
  private readonly log: LogSink;
  private readonly sendBufferBytes: number | undefined;
  private calls: SystemCalls | undefined;
  private isGivenUp = false;
  private refusalsInRow = 0;
  private hasMissedDescriptor = false;

  /**
   * Left alone, the kernel takes a whole answer for each of many connections: more than the processor's caches hold by the time it
   * is read on the other side, which costs both sides twice as much.
   */
  constructor(loadCalls: () => SystemCalls, counts: RangeCounts, log: LogSink, sendBufferBytes?: number) {
    this.loadCalls = loadCalls;
    this.counts = counts;
    this.log = log;
    this.sendBufferBytes = sendBufferBytes;
  }

  /** Whether a range of which `length` bytes are left goes this way. */
  takes(range: FileRange, length: number): boolean {
    return length >= leastDirectBytes && !this.isGivenUp && range.file instanceof DiskFile;
  }

  /** For a connection, before the first range is sent on it. */
  prepare(socket: number): void {
    if (this.sendBufferBytes === undefined || socket < 0) return;
    // A piece that the other side takes, and one that follows: the loop is needed half as often.
    (this.calls ?? this.load())?.setSendBuffer(socket, 2 * this.sendBufferBytes);
  }

  /**
   * Sends bytes of a range that it {@link takes}: how many the socket has taken, 0 when none, {@link IS_COLD} when the
   * disk would have to be waited for. Throws a {@link ShortFileRangeError} at the end of the file.
   */
  send(socket: number, range: FileRange, offset: number, length: number, warm: WarmRange): number {
    const calls = this.calls ?? this.load();
    if (calls === undefined || !this.isThere(socket)) return 0;
    const file = range.file as DiskFile;
    const position = range.position + offset;
    const nowMs = performance.now();
    if (!file.tellsWhatIsCached) {
      if (file.mayHang || file.pace.isSlow(nowMs)) return IS_COLD;
    } else if (!warm.holds(file, position, length, nowMs)) {
      if (!calls.isCached(file.descriptor, position, length)) return IS_COLD;
      warm.found(file, position, length, nowMs);
    }
    const count = sendTimed(calls, socket, file, position, length, nowMs);
    if (count === 0) throw new ShortFileRangeError(range, offset);
    if (count < 0) {
      this.refusalsInRow++;
      if (this.refusalsInRow > maxRefusalsInRow) this.giveUp("sendfile(2) fails");
      return 0;
    }
    this.refusalsInRow = 0;
    this.counts.zeroCopyBytes += count;
    return count;
  }

  /** A range that was {@link IS_COLD} has been read: it is in memory now, if the file system tells that at all. */
  wasRead({ file, position }: FileRange, offset: number): void {
    if (!(file instanceof DiskFile) || !file.tellsWhatIsCached || this.calls === undefined) return;
    if (this.calls.isReadable(file.descriptor, position + offset)) return;
    file.tellsWhatIsCached = false;
    file.pace.forget();
  }

  /** Sends what stands in front of a range, to leave together with it: how many bytes the socket has taken. */
  sendHead(socket: number, bytes: Uint8Array): number {
    const calls = this.calls ?? this.load();
    if (calls === undefined || !this.isThere(socket)) return 0;
    return Math.max(0, calls.sendMore(socket, bytes));
  }

  /** Sends what was read of a range: how many bytes the socket has taken, undefined when it can't be sent here. */
  sendRead(socket: number, bytes: Uint8Array): number | undefined {
    const calls = this.calls ?? this.load();
    if (calls === undefined || !this.isThere(socket)) return undefined;
    return Math.max(0, calls.send(socket, bytes));
  }

  /** A socket of which the runtime does not tell the descriptor, or that is closed, is sent copies. */
  private isThere(socket: number): boolean {
    if (socket >= 0) return true;
    if (!this.hasMissedDescriptor) {
      this.hasMissedDescriptor = true;
      this.log.write("debug", "zero copy: not for a connection whose descriptor the runtime does not tell");
    }
    return false;
  }

  private load(): SystemCalls | undefined {
    if (this.isGivenUp) return undefined;
    try {
      this.calls = this.loadCalls();
    } catch (error) {
      this.giveUp((error as Error).message);
    }
    return this.calls;
  }

  private giveUp(reason: string): void {
    this.isGivenUp = true;
    this.log.write("warn", `zero copy: copy from now on, because ${reason}`);
  }
}

function sendTimed(
  calls: SystemCalls,
  socket: number,
  file: DiskFile,
  position: number,
  length: number,
  startMs: number,
): number {
  const count = calls.sendFile(socket, file.descriptor, position, length);
  if (file.tellsWhatIsCached) return count;
  const nowMs = performance.now();
  file.pace.took(nowMs - startMs, nowMs);
  return count;
}

/** The bytes a message promised are not in the file any more: nothing sensible can follow on that connection. */
export class ShortFileRangeError extends Error {
  constructor(range: FileRange, offset: number) {
    super(
      `${range.file.path} ends before byte ${range.position + range.length}, at or after ${range.position + offset}`,
    );
    this.name = "ShortFileRangeError";
  }
}
