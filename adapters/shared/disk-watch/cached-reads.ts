import { type ForeignFunctions, requireForeign } from "../foreign-functions.ts";
import { layoutObstacle } from "../system-calls.ts";

const RWF_NOWAIT = 8;
const F_SETFL = 4;
const O_NOATIME = 0o1000000;

const signatures = {
  preadv2: { parameters: ["int32", "bytes", "int32", "int64", "int32"], result: "int32" },
  fcntl: { parameters: ["int32", "int32", "int32"], result: "int32" },
} as const;

/** Reads up to this size go through memory whose address is known: asking for the address of a target costs more than a copy. */
const SCRATCH_BYTES = 32 * 1024;
/** Large enough that an engine does not keep it inside its heap, where it could move. */
const ARGUMENT_BYTES = 4096;

/** Result of {@link CachedReads.read}: the bytes are not in memory, or the file system does not tell. */
export const NOT_CACHED = -1;

/** Reads from the page cache, which never wait for a disk. */
export interface CachedReads {
  /** To be called once for each descriptor, when the file has been opened. */
  prepare(descriptor: number): void;
  /** How many bytes were read, which may be fewer than the target holds; 0 at the end of the file; {@link NOT_CACHED}. */
  read(descriptor: number, target: Uint8Array, position: number): number;
}

/** By preadv2(2) with RWF_NOWAIT. */
export class NowaitReads implements CachedReads {
  private readonly libc: { readonly [K in keyof typeof signatures]: (...values: (number | Uint8Array)[]) => number };
  private readonly addressOf: (bytes: Uint8Array) => bigint;
  private readonly scratch = new Uint8Array(SCRATCH_BYTES);
  private readonly scratchAddress: bigint;
  /** struct iovec */
  private readonly vector = new Uint8Array(ARGUMENT_BYTES);
  private readonly words = new BigUint64Array(this.vector.buffer);
  /** The length in the vector while that points to the scratch; 0 while it points elsewhere. */
  private length = 0;

  /** Throws an error that says why such reads are not possible here. */
  constructor(foreign: ForeignFunctions, platform: string, architecture: string) {
    if (platform !== "linux") throw new Error(`there is no RWF_NOWAIT on ${platform}`);
    const obstacle = layoutObstacle(architecture);
    if (obstacle !== undefined) throw new Error(obstacle);
    requireForeign(foreign);
    this.libc = foreign.openLibC(signatures);
    this.addressOf = (bytes) => foreign.addressOf(bytes);
    this.scratchAddress = foreign.addressOf(this.scratch);
  }

  /** Reading must not write either: the time of the last access could have to wait for the file system's journal. */
  prepare(descriptor: number): void {
    this.libc.fcntl(descriptor, F_SETFL, O_NOATIME);
  }

  read(descriptor: number, target: Uint8Array, position: number): number {
    const { length } = target;
    if (length > SCRATCH_BYTES) {
      this.length = 0;
      this.setVector(this.addressOf(target), length);
      return this.readVector(descriptor, position);
    }
    if (length !== this.length) {
      this.length = length;
      this.setVector(this.scratchAddress, length);
    }
    const count = this.readVector(descriptor, position);
    if (count > 0) target.set(count === SCRATCH_BYTES ? this.scratch : this.scratch.subarray(0, count));
    return count;
  }

  private setVector(address: bigint, length: number): void {
    this.words[0] = address;
    this.words[1] = BigInt(length);
  }

  private readVector(descriptor: number, position: number): number {
    const count = this.libc.preadv2(descriptor, this.vector, 1, position, RWF_NOWAIT);
    return count < 0 ? NOT_CACHED : count;
  }
}
