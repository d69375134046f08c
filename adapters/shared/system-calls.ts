import type { ForeignFunction, ForeignFunctions } from "./foreign-functions.ts";

/**
 * What sending files takes of the C library. Every function answers -1 for any error: which one it was can't be read
 * reliably, as the runtime may make system calls of its own before it could be asked for errno.
 */
const signatures = {
  sendfile: { parameters: ["int32", "int32", "bytes", "int64"], result: "int32" },
  send: { parameters: ["int32", "bytes", "int64", "int32"], result: "int32" },
  setsockopt: { parameters: ["int32", "int32", "int32", "bytes", "int32"], result: "int32" },
  // For calls that older C libraries have no function for.
  syscall: { parameters: ["int64", "int64", "bytes", "int64", "int64", "int64", "int64"], result: "int32" },
  getpagesize: { parameters: [], result: "int32" },
} as const;

export type LibC = { readonly [K in keyof typeof signatures]: ForeignFunction };

const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const MSG_MORE = 0x8000;
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const RWF_NOWAIT = 8;

const cachestatNumber = 451;
/** By the names that `process.arch` has for little-endian machines of 64 bits: the layouts below are theirs. */
const preadv2Numbers: Readonly<Record<string, number>> = { x64: 327, arm64: 286, riscv64: 286, loong64: 286 };

/** Why structures can't be handed to the system's calls; undefined when they can. */
export function layoutObstacle(architecture: string): string | undefined {
  if (Object.hasOwn(preadv2Numbers, architecture)) return undefined;
  return `the layout of its arguments on ${architecture} is not known`;
}

/** The system asks a disk for more at a time, once it reads ahead. */
const leastDiskReadBytes = 32 * 1024;

/** Larger than what an engine keeps inside its heap, where it could move. */
const argumentBytes = 4096;

/** The system calls that sending a file takes, with numbers and bytes for arguments. */
export class SystemCalls {
  private readonly libc: LibC;
  private readonly preadv2Number: number;
  private readonly pageBytes: number;
  private readonly offset = new Uint32Array(argumentBytes / 4);
  /** struct cachestat_range, or struct iovec */
  private readonly input = new Uint8Array(argumentBytes);
  private readonly inputWords = new BigUint64Array(this.input.buffer);
  /** struct cachestat, or the byte that is read */
  private readonly output = new Uint8Array(argumentBytes);
  private readonly outputWords = new BigUint64Array(this.output.buffer);
  private readonly outputAddress: bigint;
  private hasCachestat = true;

  private constructor(libc: LibC, addressOf: (bytes: Uint8Array) => bigint, architecture: string) {
    this.libc = libc;
    this.preadv2Number = preadv2Numbers[architecture]!;
    this.pageBytes = libc.getpagesize();
    this.outputAddress = addressOf(this.output);
  }

  /** Throws when the C library lacks one of them. */
  static load(foreign: ForeignFunctions, architecture: string): SystemCalls {
    return new SystemCalls(foreign.openLibC(signatures), (bytes) => foreign.addressOf(bytes), architecture);
  }

  /** How many bytes the socket has taken, 0 at the end of the file, -1 when none can be sent (now, or at all). */
  sendFile(socket: number, file: number, position: number, length: number): number {
    this.offset[0] = position % 2 ** 32;
    this.offset[1] = Math.floor(position / 2 ** 32);
    return this.libc.sendfile(socket, file, this.offset, length);
  }

  /** As a plain write, but the kernel waits for what follows before it sends less than a packet. -1 when nothing is taken. */
  sendMore(socket: number, bytes: Uint8Array): number {
    return this.libc.send(socket, bytes, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL | MSG_MORE);
  }

  /** A plain write. -1 when nothing is taken. */
  send(socket: number, bytes: Uint8Array): number {
    return this.libc.send(socket, bytes, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL);
  }

  /** A hint: the system has a limit of its own (net.core.wmem_max). */
  setSendBuffer(socket: number, sizeBytes: number): void {
    this.offset[0] = sizeBytes;
    this.libc.setsockopt(socket, SOL_SOCKET, SO_SNDBUF, this.offset, 4);
  }

  /** Whether the bytes are in the page cache, so that sending them does not wait for the disk. */
  isCached(file: number, position: number, length: number): boolean {
    // Pages count as cached from the moment in which they are asked from the disk; they come in order.
    return this.isReadable(file, position + length - 1) && this.isComplete(file, position, length);
  }

  /** The same where others have the disk read from the file: then the end may be there before what is in front of it. */
  isReadableThroughout(file: number, position: number, length: number): boolean {
    for (let offset = 0; offset < length; offset += leastDiskReadBytes) {
      if (!this.isReadable(file, position + offset)) return false;
    }
    return true;
  }

  private isComplete(file: number, position: number, length: number): boolean {
    if (this.hasCachestat) {
      const { pageBytes } = this;
      const first = Math.floor(position / pageBytes);
      const end = Math.ceil((position + length) / pageBytes);
      const pages = this.cachedPages(file, first * pageBytes, (end - first) * pageBytes);
      if (pages >= 0) return pages === end - first;
      this.hasCachestat = false;
    }
    return this.isReadable(file, position);
  }

  /** cachestat(2), since Linux 6.5; older kernels and some containers refuse it. */
  private cachedPages(file: number, position: number, length: number): number {
    this.inputWords[0] = BigInt(position);
    this.inputWords[1] = BigInt(length);
    const result = this.libc.syscall(cachestatNumber, file, this.input, this.outputAddress, 0, 0, 0);
    return result < 0 ? -1 : Number(this.outputWords[0]);
  }

  /** preadv2(2): a byte that would have to come from the disk is refused. True at the end of the file, too. */
  isReadable(file: number, position: number): boolean {
    this.inputWords[0] = this.outputAddress;
    this.inputWords[1] = 1n;
    return this.libc.syscall(this.preadv2Number, file, this.input, 1, position, 0, RWF_NOWAIT) >= 0;
  }
}
