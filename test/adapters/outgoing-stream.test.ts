import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { DiskFile } from "../../adapters/shared/files/disk-file.ts";
import { UNTOLD_SOCKET } from "../../adapters/shared/network/file-sender.ts";
import { type OutgoingSocket, OutgoingStream } from "../../adapters/shared/network/outgoing-stream.ts";
import { SeededRandom } from "../../adapters/simulator/index.ts";
import type { Part } from "../../src/runtime.ts";
import { concatenated, differsAt, patternBytes } from "../conformance/subject.ts";
import { CACHESTAT, ChanceLibC, ChanceSocket, createStream, sendBufferBytes, until } from "./chance-stream.ts";

// The sending half of a connection over a socket, and a C library, that take as much as chance wants them to.

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

test("a few refusals on each of many connections, as of peers that have gone, say nothing of sendfile", async () => {
  class RefusingLibC extends ChanceLibC {
    override sendfile(): number {
      return -1;
    }
  }
  const libc = new RefusingLibC(new SeededRandom(1));
  libc.takesAll = true;
  libc.headsLeft = 0;
  const { environment, file, content, log } = createStream(libc);
  const sender = environment.senderFor(environment.chooseRangeTransfer({}), { sendBufferBytes });
  for (let connection = 0; connection < 300; connection++) {
    const gone: OutgoingSocket = { write: () => 0, descriptor: () => 3, failed: () => {}, emptied: () => {} };
    const stream = new OutgoingStream(environment, gone, sender);
    stream.push([{ file, position: 0, length: content.length }]);
    stream.close();
  }
  expect(log.lines).toEqual([]);
});

test("where the runtime does not tell a socket's descriptor all is copied, in large pieces, and the log says so once", async () => {
  const { environment, file, content, log } = createStream(new ChanceLibC(new SeededRandom(1)));
  const sender = environment.senderFor(environment.chooseRangeTransfer({}), { sendBufferBytes });
  for (let connection = 0; connection < 2; connection++) {
    const written: Uint8Array[] = [];
    const socket: OutgoingSocket = {
      write(bytes) {
        written.push(bytes.slice());
        return bytes.length;
      },
      descriptor: () => UNTOLD_SOCKET,
      failed: (error) => expect(error).toBeUndefined(),
      emptied: () => {},
    };
    const stream = new OutgoingStream(environment, socket, sender);
    stream.push([patternBytes(53), { file, position: 0, length: content.length }]);
    await until(() => stream.queuedBytes() === 0);
    expect(differsAt(concatenated(written), concatenated([patternBytes(53), content]))).toBeUndefined();
    expect(written.length).toBeLessThan(10);
  }
  expect(environment.sentRanges).toMatchObject({ zeroCopyBytes: 0 });
  expect(log.lines).toEqual([
    {
      level: "warn",
      line: "zero copy: copy from now on, because the runtime does not tell the descriptors of its sockets",
    },
  ]);
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

describe("where ranges are copied", () => {
  const waiting = 200;
  const largeBytes = 256 * 1024;

  test.each([false, true])(
    "those who wait for sockets that are full hold little together, be the data cold: %s",
    async (isCold) => {
      const { environment, file, content } = createStream(new ChanceLibC(new SeededRandom(1)));
      const held = new Set<ArrayBufferLike>();
      const open = (): OutgoingStream => {
        const socket: OutgoingSocket = {
          write(bytes) {
            held.add(bytes.buffer);
            return 0;
          },
          descriptor: () => UNTOLD_SOCKET,
          failed: (error) => expect(error).toBeUndefined(),
          emptied: () => {},
        };
        const stream = new OutgoingStream(environment, socket, undefined);
        if (isCold) (file as DiskFile).pace.took(1_000, performance.now());
        stream.push([{ file, position: 0, length: content.length }]);
        return stream;
      };
      const streams = Array.from({ length: waiting }, open);
      await until(() => held.size === waiting);
      expect([...held].reduce((sum, { byteLength }) => sum + byteLength, 0)).toBeLessThan(16 * 1024 * 1024);
      for (const stream of streams) stream.close();
      held.clear();
      open();
      await until(() => held.size === 1);
      expect([...held].map(({ byteLength }) => byteLength)).toEqual([largeBytes]);
    },
  );

  test.each([false, true])(
    "what could not be read takes nothing from those that follow, be it cold: %s",
    async (isCold) => {
      const { environment, file, content } = createStream(new ChanceLibC(new SeededRandom(1)));
      let failures = 0;
      const written: number[] = [];
      const open = (position: number): void => {
        const socket: OutgoingSocket = {
          write(bytes) {
            written.push(bytes.length);
            return bytes.length;
          },
          descriptor: () => UNTOLD_SOCKET,
          failed: () => {
            failures++;
            stream.close();
          },
          emptied: () => {},
        };
        const stream = new OutgoingStream(environment, socket, undefined);
        if (isCold) (file as DiskFile).pace.took(1_000, performance.now());
        stream.push([{ file, position, length: largeBytes }]);
      };
      for (let count = 0; count < waiting; count++) open(content.length - 1);
      await until(() => failures === waiting);
      open(0);
      await until(() => written.length > 0);
      expect(written).toEqual([largeBytes]);
    },
  );
});
