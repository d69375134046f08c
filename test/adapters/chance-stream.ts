import { readSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers";
import { setTimeout as sleep } from "node:timers/promises";
import { createDiskFiles } from "../../adapters/shared/files/disk-files.ts";
import type { ForeignFunctions } from "../../adapters/shared/foreign-functions.ts";
import { NetworkEnvironment } from "../../adapters/shared/network/network-environment.ts";
import { type OutgoingSocket, OutgoingStream } from "../../adapters/shared/network/outgoing-stream.ts";
import { MemoryLog, type SeededRandom } from "../../adapters/simulator/index.ts";
import type { File } from "../../src/runtime.ts";
import { concatenated, patternBytes } from "../conformance/subject.ts";
import { PATIENCE_MS } from "../patience.ts";
import { testDirectory } from "../test-directory.ts";
import { fakeForeignFunctions } from "./fake-foreign-functions.ts";

// A socket, and a C library, that take as much as chance wants them to.

export const CACHESTAT = 451;
const pageBytes = 4096;
export const sendBufferBytes = 102_400;

export interface Fixture {
  readonly stream: OutgoingStream;
  readonly socket: ChanceSocket;
  readonly environment: NetworkEnvironment;
  readonly file: File;
  readonly content: Uint8Array;
  readonly log: MemoryLog;
}

export function createStream(libc: ChanceLibC, open: () => object = () => libc.functions()): Fixture {
  const directory = testDirectory("outgoing");
  const content = patternBytes(1_000_000, 77);
  const file = createDiskFiles(() => undefined).open(join(directory, "segment"), "create");
  file.write(content, 0);
  const log = new MemoryLog();
  const environment = new NetworkEnvironment({
    log,
    activity: { deliveries: 0 },
    defer: (task) => void setImmediate(task),
    rangeHost: {
      platform: "linux",
      architecture: "x64",
      areFilesOnDisk: true,
      foreignFunctions: fakeForeignFunctions({
        openLibC: open as ForeignFunctions["openLibC"],
        addressOf: (bytes) => libc.addressOf(bytes),
      }),
    },
  });
  const sender = environment.senderFor(environment.chooseRangeTransfer({}), { sendBufferBytes });
  const socket = new ChanceSocket(libc.chance, () => stream);
  libc.socket = socket;
  const stream = new OutgoingStream(environment, socket, sender);
  return { stream, socket, environment, file, content, log };
}

/** Takes some of what is written at once, and the rest as time goes by. */
export class ChanceSocket implements OutgoingSocket {
  takesAll = false;
  length = 0;
  failure: Error | undefined;
  private readonly chance: SeededRandom;
  private readonly stream: () => OutgoingStream;
  private readonly chunks: Uint8Array[] = [];
  private isWriting = false;

  constructor(chance: SeededRandom, stream: () => OutgoingStream) {
    this.chance = chance;
    this.stream = stream;
  }

  write(bytes: Uint8Array): number {
    if (this.isWriting) throw new Error("A write while one is in progress");
    const count = this.takesAll || this.chance.integer(3) === 0 ? bytes.length : this.chance.integer(bytes.length);
    this.take(bytes.slice(0, count));
    if (count < bytes.length) {
      this.isWriting = true;
      const rest = bytes.slice(count);
      // All of it later, as Node does, or none, as Bun does, which is then offered it again.
      const isKept = this.chance.integer(2) === 0;
      setTimeout(() => {
        this.isWriting = false;
        if (isKept) this.take(rest);
        this.stream().written(isKept ? rest.length : 0);
      }, this.chance.integer(2));
    }
    return count;
  }

  take(bytes: Uint8Array): void {
    if (this.isWriting) throw new Error("Bytes past the runtime while it is writing");
    this.chunks.push(bytes);
    this.length += bytes.length;
  }

  bytes(): Uint8Array {
    return concatenated(this.chunks);
  }

  descriptor(): number {
    return 3;
  }

  failed(error: Error): void {
    this.failure = error;
  }

  emptied(): void {}
}

/** A kernel that sends what it likes to, and has in its page cache what it likes to. */
export class ChanceLibC {
  readonly chance: SeededRandom;
  socket: ChanceSocket | undefined;
  takesAll = false;
  takesRanges = true;
  isCold = false;
  headsLeft = Number.POSITIVE_INFINITY;
  readonly sendBuffers: number[] = [];
  private statistics: BigUint64Array = new BigUint64Array(0);

  constructor(chance: SeededRandom) {
    this.chance = chance;
  }

  functions(): object {
    return {
      sendfile: this.sendfile.bind(this),
      send: this.send.bind(this),
      syscall: this.syscall.bind(this),
      setsockopt: this.setsockopt.bind(this),
      getpagesize: () => pageBytes,
    };
  }

  sendfile(_socket: number, file: number, offset: Uint32Array, count: number): number {
    const bytes = new Uint8Array(this.takesRanges ? this.taken(count) : 0);
    if (bytes.length === 0) return -1;
    const read = readSync(file, bytes, 0, bytes.length, offset[0]! + offset[1]! * 2 ** 32);
    this.socket!.take(bytes.subarray(0, read));
    return read;
  }

  send(_socket: number, bytes: Uint8Array): number {
    const count = this.headsLeft-- > 0 ? this.taken(bytes.length) : 0;
    if (count === 0) return -1;
    this.socket!.take(bytes.slice(0, count));
    return count;
  }

  syscall(number: number, _first: number, second: Uint8Array, _third: unknown, _fourth: number): number {
    if (number !== CACHESTAT) return 0;
    const lengthBytes = new BigUint64Array(second.buffer)[1]!;
    const isCold = this.isCold || (!this.takesAll && this.chance.integer(8) === 0);
    this.statistics[0] = isCold ? 0n : lengthBytes / BigInt(pageBytes);
    return 0;
  }

  addressOf(bytes: Uint8Array): bigint {
    this.statistics = new BigUint64Array(bytes.buffer);
    return 0n;
  }

  setsockopt(_socket: number, _level: number, _name: number, value: Uint32Array): number {
    this.sendBuffers.push(value[0]!);
    return 0;
  }

  private taken(count: number): number {
    if (this.takesAll) return count;
    return this.chance.integer(4) === 0 ? 0 : 1 + this.chance.integer(count);
  }
}

export async function until(condition: () => boolean): Promise<void> {
  for (const startMs = performance.now(); !condition(); ) {
    if (performance.now() - startMs > PATIENCE_MS) throw new Error("Waited in vain");
    await sleep(1);
  }
}
