import type { FileRange, LogSink, SentRanges } from "../../../src/runtime.ts";
import { DiskFile } from "../files/disk-file.ts";
import type { SystemCalls } from "../system-calls.ts";
import type { WarmRange } from "./warm-range.ts";

/** Smaller ranges are cheaper to copy, together with their neighbours and with one write for all. */
export const leastDirectBytes = 32 * 1024;

/**
 * After so many refusals in a row on one connection whose socket goes on taking copies, sendfile(2) is given up. Counted over many
 * connections, refusals could just mean that their peers are gone.
 */
const maxRefusalsInRow = 100;

/** A range that is not in the page cache. */
export const IS_COLD = -1;
/** sendfile(2) has not sent anything. */
export const IS_REFUSED = -2;

/** Instead of the descriptor of a socket: the socket is closed, or the runtime does not tell the descriptor. */
export const CLOSED_SOCKET = -1;
export const UNTOLD_SOCKET = -2;

/** How many bytes left in which way; all connections of a network add to it. */
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

  /**
   * Without `sendBufferBytes` the kernel takes a whole answer for each of many connections. By the time the other side reads them,
   * the processor's caches no longer hold them, which costs both sides twice as much.
   */
  constructor(loadCalls: () => SystemCalls, counts: RangeCounts, log: LogSink, sendBufferBytes?: number) {
    this.loadCalls = loadCalls;
    this.counts = counts;
    this.log = log;
    this.sendBufferBytes = sendBufferBytes;
  }

  /** Whether sendfile(2) is to be used for a range with `length` bytes left. */
  takes(range: FileRange, length: number): boolean {
    return length >= leastDirectBytes && !this.isGivenUp && range.file instanceof DiskFile;
  }

  /** Prepares a connection before the first range is sent on it. */
  prepare(socket: number): void {
    if (this.sendBufferBytes === undefined || socket < 0) return;
    // A piece that the other side takes, and one that follows: the loop is needed half as often.
    (this.calls ?? this.load())?.setSendBuffer(socket, 2 * this.sendBufferBytes);
  }

  /**
   * Sends bytes of a range that it {@link takes}. Returns how many the socket has taken, 0 when it cannot be asked,
   * {@link IS_REFUSED}, or {@link IS_COLD} when sending would wait for the disk. Throws a {@link ShortFileRangeError} at the end
   * of the file.
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
      const { descriptor, pace } = file;
      if (!calls.isCached(descriptor, position, length)) return IS_COLD;
      if (pace.isSlow(nowMs) && !calls.isReadableThroughout(descriptor, position, length)) return IS_COLD;
      warm.found(file, position, length, nowMs);
    }
    const count = sendTimed(calls, socket, file, position, length, nowMs);
    if (count === 0) throw new ShortFileRangeError(range, offset);
    if (count < 0) return IS_REFUSED;
    this.counts.zeroCopyBytes += count;
    return count;
  }

  /** Told how many times in a row a connection has been refused. */
  wasRefused(timesInRow: number): void {
    if (timesInRow > maxRefusalsInRow) this.giveUp("sendfile(2) fails");
  }

  /** Told when a range that was {@link IS_COLD} has been read. It is in memory now; if the system denies that, it cannot tell. */
  wasRead({ file, position }: FileRange, offset: number): void {
    if (!(file instanceof DiskFile) || !file.tellsWhatIsCached || this.calls === undefined) return;
    if (this.calls.isReadable(file.descriptor, position + offset)) return;
    file.tellsWhatIsCached = false;
    file.pace.forget();
  }

  /** Sends the bytes in front of a range, so that they leave together with it. Returns how many the socket has taken. */
  sendHead(socket: number, bytes: Uint8Array): number {
    const calls = this.calls ?? this.load();
    if (calls === undefined || !this.isThere(socket)) return 0;
    return Math.max(0, calls.sendMore(socket, bytes));
  }

  /** Sends bytes that were read from a range. Returns how many the socket has taken; undefined when they cannot be sent here. */
  sendRead(socket: number, bytes: Uint8Array): number | undefined {
    const calls = this.calls ?? this.load();
    if (calls === undefined || !this.isThere(socket)) return undefined;
    return Math.max(0, calls.send(socket, bytes));
  }

  private isThere(socket: number): boolean {
    if (socket === UNTOLD_SOCKET) this.giveUp("the runtime does not tell the descriptors of its sockets");
    return socket >= 0;
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
    if (this.isGivenUp) return;
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

/** Bytes that a message promised are no longer in the file: nothing sensible can follow on that connection. */
export class ShortFileRangeError extends Error {
  constructor(range: FileRange, offset: number) {
    super(
      `${range.file.path} ends before byte ${range.position + range.length}, at or after ${range.position + offset}`,
    );
    this.name = "ShortFileRangeError";
  }
}
