import { mkdtempSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { createDiskFiles } from "../../adapters/shared/disk-files.ts";
import type { ForeignFunctions } from "../../adapters/shared/foreign-functions.ts";
import { NetworkEnvironment } from "../../adapters/shared/network-environment.ts";
import { type OutgoingSocket, OutgoingStream } from "../../adapters/shared/outgoing-stream.ts";
import { MemoryLog, SeededRandom } from "../../adapters/simulator/index.ts";
import type { File, Part } from "../../src/runtime.ts";
import { concatenated, differsAt, patternBytes } from "../conformance/subject.ts";
import { PATIENCE_MS } from "../patience.ts";

// The sending half of a connection over a socket, and a C library, that take as much as chance wants them to.

const CACHESTAT = 451;
const pageBytes = 4096;
const sendBufferBytes = 102_400;

let coldBytes = 0;

for (let seed = 1; seed <= 40; seed++) {
  test(`whatever socket and kernel take at a time, the bytes arrive in order (seed ${seed})`, async () => {
    const chance = new SeededRandom(seed);
    const { stream, socket, environment, file, content } = createStream(new ChanceLibC(chance));
    const parts: Part[] = [];
    for (let i = 0; i < 60; i++) {
      const length = chance.integer(10) < 5 ? chance.integer(500) : chance.integer(400_000);
      const position = chance.integer(content.length - length);
      parts.push(chance.integer(2) === 0 ? content.slice(position, position + length) : { file, position, length });
    }
    const expected = concatenated(
      parts.map((part) =>
        part instanceof Uint8Array ? part : content.subarray(part.position, part.position + part.length),
      ),
    );
    for (let i = 0; i < parts.length; ) {
      const count = 1 + chance.integer(8);
      stream.push(parts.slice(i, i + count));
      i += count;
      if (chance.integer(3) === 0) await sleep(0);
    }
    await until(() => stream.queuedBytes() === 0 && socket.length === expected.length);
    expect(socket.failure).toBeUndefined();
    expect(differsAt(socket.bytes(), expected)).toBeUndefined();
    expect(environment.sentRanges.zeroCopyBytes).toBeGreaterThan(0);
    coldBytes += environment.sentRanges.coldBytes;
    file.close();
    expect(() => file.retain()).toThrow(/EBADF/);
  });
}

test("some of it came from the disk", () => {
  expect(coldBytes).toBeGreaterThan(0);
});

test("a sendfile that never takes anything is given up, and everything is copied", async () => {
  class RefusingLibC extends ChanceLibC {
    override sendfile(): number {
      return -1;
    }
  }
  const { stream, socket, environment, file, content, log } = createStream(new RefusingLibC(new SeededRandom(1)));
  let pushes = 0;
  for (; log.lines.length === 0 && pushes < 100; pushes++) {
    stream.push([{ file, position: 0, length: content.length }]);
    await until(() => stream.queuedBytes() === 0 && socket.length === (pushes + 1) * content.length);
  }
  expect(log.lines).toEqual([{ level: "warn", line: "zero copy: copy from now on, because sendfile(2) fails" }]);
  expect(environment.sentRanges.zeroCopyBytes).toBe(0);
  const last = socket.bytes().subarray((pushes - 1) * content.length);
  expect(differsAt(last, content)).toBeUndefined();
});

test("a C library that does not load is given up, and everything is copied", async () => {
  const { stream, socket, file, content, log } = createStream(new ChanceLibC(new SeededRandom(1)), () => {
    throw new Error("it is not there");
  });
  for (let i = 0; i < 2; i++) stream.push([{ file, position: 0, length: content.length }]);
  await until(() => socket.length === 2 * content.length);
  expect(differsAt(socket.bytes().subarray(content.length), content)).toBeUndefined();
  expect(log.lines).toEqual([{ level: "warn", line: "zero copy: copy from now on, because it is not there" }]);
});

test("an old kernel without cachestat is asked for the last byte and the first one", async () => {
  const asked: number[] = [];
  class OldLibC extends ChanceLibC {
    override syscall(number: number, _first: number, _second: Uint8Array, _third: unknown, fourth: number): number {
      if (number === CACHESTAT) return -1;
      asked.push(fourth);
      return 0;
    }
  }
  const { stream, socket, environment, file, content } = createStream(new OldLibC(new SeededRandom(3)));
  stream.push([{ file, position: 10_000, length: 100_000 }]);
  await until(() => socket.length === 100_000);
  expect(differsAt(socket.bytes(), content.subarray(10_000, 110_000))).toBeUndefined();
  expect(asked.slice(0, 2)).toEqual([109_999, 10_000]);
  expect(environment.sentRanges.coldBytes).toBe(0);
});

test("where the file system does not tell what is in memory, ranges go by sendfile after the first one", async () => {
  class SilentLibC extends ChanceLibC {
    override syscall(): number {
      return -1;
    }
  }
  const libc = new SilentLibC(new SeededRandom(1));
  libc.takesAll = true;
  const { stream, socket, environment, file, content } = createStream(libc);
  socket.takesAll = true;
  const lengthBytes = 50_000;
  let pushes = 0;
  const push = () => {
    stream.push([{ file, position: 0, length: lengthBytes }]);
    pushes++;
    return until(() => socket.length === pushes * lengthBytes);
  };
  await push();
  expect(environment.sentRanges).toMatchObject({ coldBytes: lengthBytes, zeroCopyBytes: 0 });
  // One that was sent slowly, on a busy machine, keeps the next ones off for a second.
  while (environment.sentRanges.zeroCopyBytes === 0 && pushes < 5_000) await push();
  expect(environment.sentRanges.zeroCopyBytes).toBeGreaterThan(0);
  const expected = concatenated(Array.from({ length: pushes }, () => content.subarray(0, lengthBytes)));
  expect(differsAt(socket.bytes(), expected)).toBeUndefined();
});

test("loading waits for the first range", () => {
  let loads = 0;
  const libc = new ChanceLibC(new SeededRandom(5));
  const { stream, file } = createStream(libc, () => {
    loads++;
    return libc.functions();
  });
  stream.push([patternBytes(100), { file, position: 0, length: 100 }]);
  expect(loads).toBe(0);
  stream.push([{ file, position: 0, length: 100_000 }]);
  expect(loads).toBe(1);
});

test("the kernel is told how much it may take, once, before the first range", async () => {
  const libc = new ChanceLibC(new SeededRandom(5));
  const { stream, socket, file } = createStream(libc);
  stream.push([patternBytes(100)]);
  expect(libc.sendBuffers).toEqual([]);
  for (let i = 0; i < 2; i++) stream.push([{ file, position: 0, length: 100_000 }]);
  await until(() => socket.length === 200_100);
  expect(libc.sendBuffers).toEqual([2 * sendBufferBytes]);
});

test("one connection's turn ends after a megabyte", async () => {
  const libc = new ChanceLibC(new SeededRandom(1));
  const { stream, socket, file, content } = createStream(libc);
  libc.takesAll = true;
  socket.takesAll = true;
  stream.push([1, 2, 3].map((): Part => ({ file, position: 0, length: content.length })));
  expect(socket.length).toBe(1024 * 1024);
  await until(() => socket.length === 3 * content.length);
});

test("an answer of a megabyte of records and its head leave in one turn", async () => {
  const libc = new ChanceLibC(new SeededRandom(1));
  const { stream, socket, file, environment } = createStream(libc);
  libc.takesAll = true;
  socket.takesAll = true;
  const sliceBytes = 256 * 1024;
  const slices = Array.from({ length: 4 }, (): Part => ({ file, position: 0, length: sliceBytes }));
  stream.push([patternBytes(53), ...slices]);
  expect(socket.length).toBe(53 + 4 * sliceBytes);
  expect(environment.sentRanges).toMatchObject({ copiedBytes: 0, zeroCopyBytes: 4 * sliceBytes });
});

test.each([false, true])(
  "who waits for a socket that is full holds a few kilobytes, be the data cold: %s",
  async (isCold) => {
    const libc = new ChanceLibC(new SeededRandom(1));
    const { environment, file, content } = createStream(libc);
    libc.takesAll = true;
    for (const headsTaken of [0, 1]) {
      const held: number[] = [];
      libc.socket = new ChanceSocket(libc.chance, () => stream);
      libc.takesRanges = false;
      libc.headsLeft = headsTaken;
      libc.isCold = isCold;
      const socket: OutgoingSocket = {
        write(bytes) {
          held.push(bytes.buffer.byteLength);
          return 0;
        },
        descriptor: () => 3,
        failed: (error) => held.push(Number.NaN, error.message.length),
        emptied: () => {},
      };
      const stream = new OutgoingStream(environment, socket, environment.senderFor({ kind: "sendfile" }, {}));
      stream.push([patternBytes(53), { file, position: 0, length: content.length }]);
      await until(() => held.length > 0);
      expect(held).toHaveLength(1);
      expect(held[0]).toBeLessThanOrEqual(4 * 1024);
    }
  },
);

interface Fixture {
  readonly stream: OutgoingStream;
  readonly socket: ChanceSocket;
  readonly environment: NetworkEnvironment;
  readonly file: File;
  readonly content: Uint8Array;
  readonly log: MemoryLog;
}

function createStream(libc: ChanceLibC, open: () => object = () => libc.functions()): Fixture {
  const directory = mkdtempSync(join(tmpdir(), "polylog-outgoing-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
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
      foreignFunctions: {
        obstacle: () => undefined,
        isBuiltIn: () => true,
        openLibC: open as ForeignFunctions["openLibC"],
        openLibrary: open as ForeignFunctions["openLibrary"],
        addressOf: (bytes) => libc.addressOf(bytes),
      },
    },
  });
  const sender = environment.senderFor(environment.chooseRangeTransfer({}), { sendBufferBytes });
  const socket = new ChanceSocket(libc.chance, () => stream);
  libc.socket = socket;
  const stream = new OutgoingStream(environment, socket, sender);
  return { stream, socket, environment, file, content, log };
}

/** Takes some of what is written at once, and the rest as time goes by. */
class ChanceSocket implements OutgoingSocket {
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
class ChanceLibC {
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

async function until(condition: () => boolean): Promise<void> {
  for (const startMs = performance.now(); !condition(); ) {
    if (performance.now() - startMs > PATIENCE_MS) throw new Error("Waited in vain");
    await sleep(1);
  }
}
