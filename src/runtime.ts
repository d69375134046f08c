import type { DiskWatch, DiskWatchEvents } from "./disk-watch.ts";

/**
 * Every interface between the core and the outside world. Node, Bun, Deno and the simulator are four values of type
 * {@link Runtime}; nothing under `src/` reaches a socket, a file, a clock or chance in any other way.
 */
export interface Runtime {
  /** For log lines and metrics only; the core never branches on it. */
  readonly name: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly files: FileSystem;
  readonly network: Network;
  readonly checksums: Checksums;
  readonly compression: Compression;
  readonly workers: Workers;
  readonly log: Logger;
  usage(): Usage;
  /** Ends the process (or the simulated node) at once: an invariant is broken and going on could lose data. */
  fatal(error: Error): never;
}

export type Cancel = () => void;

export interface Clock {
  /** Wall-clock milliseconds since the epoch: for record timestamps and log lines, never for timeouts. */
  now(): number;
  /** Monotonic milliseconds with a fraction: for every timeout and every measurement. */
  elapsed(): number;
  /**
   * Runs `task` once, no earlier than `delayMs` from now. Any delay is allowed, `Number.MAX_SAFE_INTEGER` too. After the
   * process was stopped for a while (SIGSTOP, a frozen container), input that is waiting is delivered before any timer
   * that fell due in the gap.
   */
  schedule(delayMs: number, task: () => void): Cancel;
  /** Runs `task` in a later turn of the loop. Input that is waiting is read before that turn, or before the next one. */
  defer(task: () => void): void;
}

export interface Random {
  /** A uniform integer in [0, below). `below` is at most 2^48. */
  integer(below: number): number;
  /** Unpredictable bytes, fit for identifiers and secrets. */
  bytes(length: number): Uint8Array;
}

export type OpenMode =
  /** Read only; the file must exist. */
  | "read"
  /** Read and write; the file must exist. */
  | "write"
  /** Read and write; created when missing, never truncated. */
  | "create"
  /** Read and write; an error of code EEXIST when it exists. */
  | "exclusive";

export interface DirectoryEntry {
  readonly name: string;
  readonly kind: "file" | "directory" | "other";
}

export interface FileStat {
  readonly kind: "file" | "directory" | "other";
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

/** The error of every file or network call that fails. `code` is the POSIX name: ENOENT, ENOSPC, ECONNREFUSED. */
export interface SystemError extends Error {
  readonly code: string;
}

/** Paths are absolute or relative to the working directory, separated by "/". Calls are synchronous; waiting for the disk is not. */
export interface FileSystem {
  open(path: string, mode: OpenMode): File;
  list(directory: string): DirectoryEntry[];
  /** Undefined when nothing is there. */
  stat(path: string): FileStat | undefined;
  /** Creates missing parents too. */
  makeDirectory(path: string): void;
  /** Replaces `to` when it exists, atomically. */
  rename(from: string, to: string): void;
  /** Removes a file, or a directory with everything in it. Nothing there is no error. */
  remove(path: string): void;
  /** The absolute path, as Java's File gives it: dots stay, repeated slashes become one. Left out where paths are names in memory. */
  absolute?(path: string): string;
  /**
   * Removes a file without blocking the loop: a large file takes a file system a tenth of a second. One file is removed at a
   * time. Left out where removing takes no time.
   */
  removeLater?(path: string): Promise<void>;
  /**
   * Runs an action that reads from files and changes nothing, without waiting for the disk: reading what is not in memory throws
   * EAGAIN. Returns undefined when the action met no such read. Otherwise returns a promise that resolves when the missing part
   * is in memory and the action can be run again. It does not reject: the next read, which waits, reports what is wrong with
   * the disk. Left out where reading takes no time.
   */
  withoutWaiting?(action: () => void): Promise<void> | undefined;
  setReadOnly(path: string): void;
  /** Sets the time of the last change, so that a copy is as old as its original. */
  setModified(path: string, modifiedMs: number): void;
  /** Makes creations, renames and removals in the directory survive a power cut. */
  syncDirectory(path: string): Promise<void>;
  diskSpace(path: string): { totalBytes: number; usableBytes: number };
  /**
   * Takes the exclusive lock of a file that is created when missing; undefined when another live process holds it. A dead
   * process holds nothing.
   */
  lock(path: string): Unlock | undefined;
  /**
   * The same files, below a directory whose file system may hang (a dying disk, NFS without its server): the loop does not hang
   * with it, see {@link DiskWatch}. Calls to the disk cost more. Left out where there are no threads to make them.
   */
  watch?(directory: string, events: DiskWatchEvents): FileSystem;
  /** Set on a file system that {@link watch} has returned. */
  readonly watched?: DiskWatch | undefined;
}

export type Unlock = () => void;

/** Positional I/O through the page cache. */
export interface File {
  readonly path: string;
  /** Reads up to `target.length` bytes; fewer only at the end of the file. Returns the count. */
  read(target: Uint8Array, position: number): number;
  /**
   * Writes all of `source`, extending the file when needed. With `mayBeLate`, the write is refused with ETIMEDOUT, not postponed,
   * when a watched disk stalls. After ETIMEDOUT some or all of the bytes may be in the file when the disk answers again.
   */
  write(source: Uint8Array, position: number, mayBeLate?: boolean): void;
  /** As {@link read}, for work in the background: the loop does not wait for the disk. */
  readLater(target: Uint8Array, position: number): Promise<number>;
  /** As {@link write}, for work in the background; the source must not change before the promise settles. */
  writeLater(source: Uint8Array, position: number): Promise<void>;
  truncate(sizeBytes: number): void;
  size(): number;
  /** Resolves when every byte written before the call is on the disk. */
  sync(): Promise<void>;
  /** Idempotent. The bytes stay readable, and the descriptor open, until the last {@link release}. */
  close(): void;
  /**
   * Keeps the file readable after {@link close}. Code that holds a {@link FileRange} beyond the turn in which it was made (for an
   * answer that waits its turn) must retain the file, and release it once {@link Connection.send} has taken the range over or the
   * range is dropped. Each call needs its own {@link release}. On a file that is closed and not retained this throws, like every
   * other call (EBADF): the number of the descriptor may be another file's by now.
   */
  retain(): void;
  /** Throws when nothing is retained. */
  release(): void;
}

/** Bytes of a file as a part of a message. */
export interface FileRange {
  readonly file: File;
  readonly position: number;
  readonly length: number;
}

/** A message is a list of parts; the adapter chooses how a {@link FileRange} reaches the socket. */
export type Part = Uint8Array | FileRange;

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Network {
  /** How file ranges have left so far, over all connections. */
  readonly sentRanges: SentRanges;
  /** Port 0 picks a free one. Rejects with EADDRINUSE, EADDRNOTAVAIL, EACCES. */
  listen(
    address: Address,
    options: ListenOptions,
    accept: (connection: Connection) => ConnectionHandler,
  ): Promise<Listener>;
  /** Resolves when the connection is open; rejects with ECONNREFUSED, ETIMEDOUT, ENOTFOUND, ... */
  connect(
    address: Address,
    options: ConnectOptions,
    handler: (connection: Connection) => ConnectionHandler,
  ): Promise<Connection>;
  /** All addresses of a host. Rejects with ENOTFOUND, EAI_AGAIN, ... when there is none. */
  resolve(host: string): Promise<readonly string[]>;
}

export interface ListenOptions {
  readonly backlog?: number;
  /** False: file ranges are copied even where the kernel could send them. */
  readonly zeroCopy?: boolean;
  /** How many bytes of file ranges that are not copied the kernel takes at a time, for one connection. Default: the kernel's choice. */
  readonly sendBufferBytes?: number;
}

/** How file ranges reach the sockets of a listener. */
export type RangeTransfer =
  /** By sendfile(2), from the page cache to the socket; a connection that this does not work for copies. */
  | { readonly kind: "sendfile" }
  /** Through this process's memory, and why. */
  | { readonly kind: "copy"; readonly reason: string };

/** Bytes of file ranges. */
export interface SentRanges {
  readonly zeroCopyBytes: number;
  readonly copiedBytes: number;
  /** Of the copied ones: read from the disk by another thread, as they were not in the page cache. */
  readonly coldBytes: number;
}

export interface ConnectOptions {
  readonly timeoutMs: number;
}

export interface Listener {
  /** With the port really bound. */
  readonly address: Address;
  readonly rangeTransfer: RangeTransfer;
  /** Stops accepting; connections already accepted live on. */
  close(): Promise<void>;
}

export interface Connection {
  readonly local: Address;
  readonly remote: Address;
  /**
   * Queues the parts in order; until they are sent the adapter owns the bytes and retains the files. False: stop sending
   * until {@link ConnectionHandler.drained}. A range that turns out shorter than promised resets the connection. After
   * {@link end}, {@link reset} or the close nothing is sent and the answer is false. No callback runs inside the call.
   */
  send(parts: readonly Part[]): boolean;
  /** Bytes queued and not yet handed to the operating system. */
  queuedBytes(): number;
  /** Nothing is delivered after this returns, until {@link resume}. */
  pause(): void;
  resume(): void;
  /** Sends what is queued, then half-closes. */
  end(): void;
  /** Drops what is queued and closes at once. */
  reset(): void;
}

/** Callbacks of one connection; a handler that throws closes its own connection only. */
export interface ConnectionHandler {
  /** The bytes belong to the adapter again when this returns; always a plain Uint8Array. */
  received(chunk: Uint8Array): void;
  /** The queue has run empty after a {@link Connection.send} that answered false. */
  drained(): void;
  /** The peer has half-closed; answers can still be sent. */
  ended(): void;
  /** Called exactly once, last. */
  closed(error?: Error): void;
}

export interface Checksums {
  /** CRC-32C (Castagnoli) of `bytes`, going on from `initial`; an unsigned 32-bit number. */
  crc32c(bytes: Uint8Array, initial?: number): number;
}

/**
 * The bare codecs; Kafka's framings of them are in `src/record/`. Every call throws a RangeError when the result would
 * exceed `maxBytes`, having taken no more memory than that and one LZ4 block, and an error on damaged bytes. For gzip and zstd
 * that is cut off, some runtimes return what they could read, so a caller to whom that matters checks the frame first.
 */
export interface Compression {
  /** Levels 1 to 9; -1, or no level: zlib's default. */
  gzip(source: Uint8Array, level?: number): Uint8Array;
  gunzip(source: Uint8Array, maxBytes: number): Uint8Array;
  /** A raw snappy block, no framing. */
  snappy(source: Uint8Array): Uint8Array;
  /** The contents of raw blocks, one after the other. */
  unsnappy(blocks: readonly Uint8Array[], maxBytes: number): Uint8Array;
  /** An LZ4 frame of independent 64 KiB blocks. */
  lz4(source: Uint8Array): Uint8Array;
  /** Refuses what Apache Kafka's consumers could not read, such as dependent blocks. */
  unlz4(source: Uint8Array, maxBytes: number): Uint8Array;
  /** Levels -131072 to 22. */
  zstd(source: Uint8Array, level?: number): Uint8Array;
  unzstd(source: Uint8Array, maxBytes: number): Uint8Array;
  /**
   * The caller no longer uses a result of one of these calls, nor any view of it: it may be empty from now on. Worth calling
   * after decompressing much: otherwise the next result needs fresh pages while these wait for the garbage collector.
   */
  release(decompressed: Uint8Array): void;
}

/**
 * Threads beside the loop, for pure jobs that would hold it up. They start with the first job and end when there has been
 * none for a while; all queues of a process share them.
 */
export interface Workers {
  /** How many jobs can run at once. */
  readonly parallelism: number;
  /** Costs nothing until the first job. */
  openQueue(options: JobQueueOptions): JobQueue;
}

export interface JobQueueOptions {
  readonly maxUnsettled: number;
  /** Receives what threads report about how they do jobs (which codec libraries they use), each text once. */
  readonly told?: (text: string) => void;
}

export interface JobQueue {
  /** True when a thread is running, so that a job does not have to wait for one to start. */
  readonly isReady: boolean;
  /** Starts a thread if none is running, as a job would. */
  start(): void;
  /**
   * Runs the job on a copy of `source`, which must not change until the job has settled, with an `input` of plain data. Jobs of
   * the same `key` run one after the other, in the order of the calls. `settled` is called once, in a later turn, unless the
   * queue is closed first. Returns false, and does nothing, when too many jobs are unsettled or there can be no threads here.
   */
  run<Input, Output>(job: Job<Input, Output>, call: JobCall<Input>, settled: Settled<Output>): boolean;
  /** Jobs that have not settled never will. Threads that no other queue uses end. Idempotent. */
  close(): void;
}

/** A pure function that both sides know by its name; `src/worker-jobs.ts` lists them all. */
export interface Job<Input, Output> {
  readonly name: string;
  /** May change `source`, which is discarded afterwards. */
  readonly run: (source: Uint8Array, input: Input, tools: JobTools) => JobResult<Output>;
}

export interface JobTools {
  readonly checksums: Checksums;
  readonly compression: Compression;
}

export interface JobResult<Output> {
  /** Plain data. */
  readonly output: Output;
  /** Moved to the caller when they fill their buffer, else copied. */
  readonly bytes?: Uint8Array;
}

export interface JobCall<Input> {
  readonly source: Uint8Array;
  readonly input: Input;
  readonly key?: string;
}

export type Settled<Output> = (outcome: JobOutcome<Output>) => void;

export type JobOutcome<Output> =
  | { readonly kind: "done"; readonly output: Output; readonly bytes: Uint8Array | undefined }
  /** The job threw. */
  | { readonly kind: "failed"; readonly error: Error }
  /** The thread ended before the job did; the job may have been the cause. */
  | { readonly kind: "lost"; readonly error: Error }
  /** No thread could be started. The caller may run the job itself. */
  | { readonly kind: "refused"; readonly error: Error };

/** By severity, the least first. Nothing is logged at "trace" or "fatal": as settings they mean everything and nothing. */
export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal";

export interface LogSink {
  /** One line, without a line end. Time and level are added by the sink. */
  write(level: LogLevel, line: string): void;
}

export interface Logger extends LogSink {
  /** Lines below this level are left out. Can be changed at any time. */
  level: LogLevel;
}

export interface Usage {
  readonly residentBytes: number;
  readonly heapBytes: number;
  readonly userCpuSeconds: number;
  readonly systemCpuSeconds: number;
  /** Open descriptors, including sockets. Undefined where the system does not tell. */
  readonly openFiles: number | undefined;
  /** How many descriptors the process may have open. Undefined where the system does not tell, or sets no limit. */
  readonly openFilesLimit: number | undefined;
}
