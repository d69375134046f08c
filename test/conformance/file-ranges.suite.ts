import { describe, expect, test } from "vitest";
import type { File, FileRange, ListenOptions, Part } from "../../src/runtime.ts";
import {
  type CreateSubject,
  concatenated,
  connect,
  connectedPair,
  differsAt,
  listen,
  patternBytes,
  type Recorder,
  type Subject,
  textBytes,
  until,
} from "./subject.ts";

/** Ranges of files as parts of messages, sent by a connection that was accepted; whatever way they take, the same holds. */
export function fileRangesSuite(name: string, createSubject: CreateSubject, options: ListenOptions): void {
  describe(`file ranges of ${name}`, () => {
    test("between bytes they arrive byte for byte", async () => {
      const subject = await createSubject();
      const { client, server } = await connectedPair(subject, options);
      const content = patternBytes(9_000_000);
      const file = fileOf(subject, "segment", content);
      const parts: Part[] = [
        textBytes("head"),
        rangeOf(file, 0, 1),
        rangeOf(file, 1, 131_072),
        textBytes("between"),
        rangeOf(file, 500_000, 0),
        rangeOf(file, 4_000_001, 4_999_999),
        patternBytes(40_000),
        rangeOf(file, 12_345, 777),
        textBytes("tail"),
      ];
      server.connection.send(parts);
      await arrives(subject, client, bytesOf(parts, content));
      file.close();
    });

    test("of all lengths around every limit, mixed with bytes of all lengths, they arrive byte for byte", async () => {
      const subject = await createSubject();
      const { client, server } = await connectedPair(subject, options);
      const content = patternBytes(3_000_000);
      const file = fileOf(subject, "segment", content);
      const lengths = [1, 4_096, 16_383, 16_384, 32_767, 32_768, 32_769, 65_536, 262_143, 262_144, 262_145, 1_048_577];
      const parts: Part[] = [];
      for (let i = 0; i < 400; i++) {
        const length = lengths[(i * 7) % lengths.length]!;
        if (i % 3 === 0) parts.push(patternBytes(((i * 37) % 300) + 1, i));
        else if (i % 31 === 1) parts.push(patternBytes(length, i));
        else parts.push(rangeOf(file, (i * 104_729) % (content.length - length), length));
      }
      const expected = bytesOf(parts, content);
      // In messages of one to nine parts, some of them in one turn.
      for (let i = 0, count = 1; i < parts.length; i += count, count = (count % 9) + 1) {
        server.connection.send(parts.slice(i, i + count));
        if (i % 5 === 0) await subject.turn();
      }
      await arrives(subject, client, expected);
      file.close();
    });

    test("to a reader that stops again and again they arrive byte for byte", async () => {
      const subject = await createSubject();
      const { client, server } = await connectedPair(subject, options);
      const content = patternBytes(20_000_000);
      const file = fileOf(subject, "segment", content);
      let nextStopBytes = 0;
      client.onReceived = () => {
        if (client.receivedBytes < nextStopBytes) return;
        nextStopBytes = client.receivedBytes + 1_500_000;
        client.connection.pause();
      };
      const parts: Part[] = [textBytes("head"), rangeOf(file, 0, content.length), textBytes("tail")];
      expect(server.connection.send(parts)).toBe(false);
      const expected = bytesOf(parts, content);
      await until(subject, "everything arrived", () => {
        client.connection.resume();
        return client.receivedBytes >= expected.length;
      });
      expect(differsAt(client.bytes(), expected)).toBeUndefined();
      await until(subject, "drained", () => server.events.length > 0);
      expect(server.events).toEqual(["drained"]);
      file.close();
    });

    test("end() sends what is queued of them first", async () => {
      const subject = await createSubject();
      const { client, server } = await connectedPair(subject, options);
      client.connection.pause();
      const content = patternBytes(12_000_000);
      const file = fileOf(subject, "segment", content);
      server.connection.send([rangeOf(file, 0, content.length)]);
      server.connection.end();
      file.close();
      await subject.pass(20);
      client.connection.resume();
      await until(subject, "the end arrived", () => client.events.includes("ended"));
      expect(differsAt(client.bytes(), content)).toBeUndefined();
    });

    test("of many connections at once each gets its own", async () => {
      const subject = await createSubject();
      const { listener, accepted } = await listen(subject, () => {}, options);
      const content = patternBytes(4_000_000);
      const file = fileOf(subject, "segment", content);
      const clients: Recorder[] = [];
      for (let i = 0; i < 20; i++) clients.push(await connect(subject, listener.address));
      await until(subject, "all are accepted", () => accepted.length === clients.length);
      const expected = new Map<number, Uint8Array>();
      for (const [i, { connection }] of accepted.entries()) {
        const parts = [textBytes(`head ${i}`), rangeOf(file, i * 10_007, 2_000_000 + i), textBytes("tail")];
        expected.set(connection.remote.port, bytesOf(parts, content));
        connection.send(parts);
      }
      for (const client of clients) await arrives(subject, client, expected.get(client.connection.local.port)!);
      file.close();
    });

    test("a range past 4 GiB is that range", async () => {
      const subject = await createSubject();
      const { client, server } = await connectedPair(subject, options);
      const file = fileOf(subject, "segment", textBytes("the beginning"));
      const content = patternBytes(300_000);
      const position = 5 * 2 ** 30 + 12_345;
      file.write(content, position);
      server.connection.send([rangeOf(file, position, content.length)]);
      await arrives(subject, client, content);
      file.close();
    });
  });

  describe(`file ranges of ${name}: files that change`, () => {
    test("a queued range keeps its bytes when the file is closed, renamed over and removed", async () => {
      const subject = await createSubject();
      const { client, server } = await connectedPair(subject, options);
      client.connection.pause();
      const content = patternBytes(30_000_000);
      const file = fileOf(subject, "segment", content);
      server.connection.send([rangeOf(file, 0, content.length)]);
      file.close();
      fileOf(subject, "other", textBytes("new content")).close();
      subject.runtime.files.rename(`${subject.directory}/other`, `${subject.directory}/segment`);
      subject.runtime.files.remove(`${subject.directory}/segment`);
      expect(server.connection.queuedBytes()).toBeGreaterThan(0);
      client.connection.resume();
      await arrives(subject, client, content);
      expect(() => file.retain()).toThrow(/EBADF/);
    });

    test("a file that grows while it is sent is sent as far as was asked for", async () => {
      const subject = await createSubject();
      const { client, server } = await connectedPair(subject, options);
      client.connection.pause();
      const content = patternBytes(6_000_001);
      const file = fileOf(subject, "segment", content);
      server.connection.send([rangeOf(file, 1, content.length - 1), textBytes("tail")]);
      file.write(patternBytes(1_000_000, 5), content.length);
      client.connection.resume();
      await arrives(subject, client, concatenated([content.subarray(1), textBytes("tail")]));
      file.close();
    });

    test("a range of a file that is closed resets the connection, and the log says so", async () => {
      const subject = await createSubject();
      const { client, server } = await connectedPair(subject, options);
      const file = fileOf(subject, "segment", patternBytes(100_000));
      file.close();
      expect(server.connection.send([textBytes("promise"), rangeOf(file, 0, 100_000)])).toBe(false);
      await until(subject, "closed", () => server.isClosed());
      await until(subject, "the peer knows", () => client.events.includes("ended") || client.isClosed());
      expect(client.receivedBytes).toBe(0);
      expect(subject.log.lines.filter(({ line }) => line.includes("segment")).length).toBe(1);
    });

    for (const length of [1_000, 100_000, 3_000_000]) {
      test(`a range that is longer than its file of ${length} bytes resets the connection, and the log says so`, async () => {
        const subject = await createSubject();
        const { client, server } = await connectedPair(subject, options);
        const content = patternBytes(length);
        const file = fileOf(subject, "segment", content);
        server.connection.send([textBytes("promise"), rangeOf(file, 0, length + 1)]);
        await until(subject, "closed", () => server.isClosed());
        await until(subject, "the peer knows", () => client.events.includes("ended") || client.isClosed());
        const promised = concatenated([textBytes("promise"), content]);
        expect(client.receivedBytes).toBeLessThanOrEqual(promised.length);
        expect(differsAt(client.bytes(), promised.subarray(0, client.receivedBytes))).toBeUndefined();
        expect(server.error?.message).toContain("segment");
        expect(subject.log.lines.filter(({ line }) => line.includes("segment")).length).toBe(1);
        file.close();
        await until(subject, "the file is let go", () => isLetGo(file));
      });
    }

    test("a file that is truncated while it is sent resets the connection; what arrived of the rest is right", async () => {
      const subject = await createSubject();
      const { listener, accepted } = await listen(subject, () => {}, options);
      const client = await connect(subject, listener.address, ({ connection }) => connection.pause());
      const other = await connect(subject, listener.address);
      await until(subject, "accepted", () => accepted.length === 2);
      const [server, bystander] = sortedBy(accepted, [client, other]);
      const content = patternBytes(40_000_000);
      const file = fileOf(subject, "segment", content);
      server!.connection.send([rangeOf(file, 0, content.length)]);
      const keptBytes = 30_000_000;
      file.truncate(keptBytes);
      client.connection.resume();
      await until(subject, "closed", () => server!.isClosed());
      await until(subject, "the peer knows", () => client.events.includes("ended") || client.isClosed());
      expect(client.receivedBytes).toBeLessThanOrEqual(keptBytes);
      expect(differsAt(client.bytes(), content.subarray(0, client.receivedBytes))).toBeUndefined();
      expect(server!.error?.message).toContain("segment");
      bystander!.connection.send([rangeOf(file, 1_000_000, 2_000_000)]);
      await arrives(subject, other, content.subarray(1_000_000, 3_000_000));
      file.close();
    });
  });

  describe(`file ranges of ${name}: peers that go away`, () => {
    for (const kind of ["resets", "closes"] as const) {
      test(`a peer that ${kind} in the middle is told about once, and the file is let go`, async () => {
        const subject = await createSubject();
        const { client, server } = await connectedPair(subject, options);
        const content = patternBytes(50_000_000);
        const file = fileOf(subject, "segment", content);
        const isResetting = kind === "resets";
        server.onEnded = () => server.connection.end();
        client.onReceived = () => {
          client.connection.pause();
          // With bytes unread a close is a reset, too; the end of what it sends comes first here.
          if (isResetting) client.connection.reset();
          else client.connection.end();
        };
        server.connection.send([textBytes("head"), rangeOf(file, 0, content.length)]);
        file.close();
        if (!isResetting) {
          await until(subject, "the end arrived", () => server.events.includes("ended"));
          client.connection.reset();
        }
        await until(subject, "closed", () => server.isClosed());
        await subject.pass(20);
        expect(server.events.filter((event) => event === "closed")).toEqual(["closed"]);
        expect(server.events.at(-1)).toBe("closed");
        expect(server.connection.queuedBytes()).toBe(0);
        expect(server.connection.send([textBytes("too late")])).toBe(false);
        // A thread may be reading from it for a moment longer.
        await until(subject, "the file is let go", () => isLetGo(file));
      });
    }

    test("the next connections, whatever descriptors they get, see nothing of what was on its way", async () => {
      const subject = await createSubject();
      const { listener, accepted } = await listen(subject, () => {}, options);
      const first = patternBytes(8_000_000, 3);
      const second = patternBytes(1_000_000, 9);
      const firstFile = fileOf(subject, "first", first);
      const secondFile = fileOf(subject, "second", second);
      for (let round = 0; round < 15; round++) {
        const before = accepted.length;
        const leaving = await connect(subject, listener.address, ({ connection }) => connection.pause());
        await until(subject, "accepted", () => accepted.length === before + 1);
        const server = accepted.at(-1)!;
        // Too much for the buffers: the rest waits for the peer, which goes away, or is dropped.
        server.connection.send([rangeOf(firstFile, 0, first.length), textBytes("tail")]);
        if (round % 3 === 0) await subject.turn();
        if (round % 2 === 0) leaving.connection.reset();
        else server.connection.reset();
        const next = await Promise.all([1, 2, 3].map(() => connect(subject, listener.address)));
        await until(subject, "accepted", () => accepted.length === before + 4);
        for (const recorder of accepted.slice(before + 1)) {
          recorder.connection.send([textBytes("head"), rangeOf(secondFile, 0, second.length)]);
        }
        for (const client of next) await arrives(subject, client, concatenated([textBytes("head"), second]));
        await until(subject, "the first is closed", () => server.isClosed());
        for (const client of next) expect(client.receivedBytes).toBe(second.length + 4);
      }
      firstFile.close();
      secondFile.close();
      await until(subject, "the file is let go", () => isLetGo(firstFile));
    });
  });
}

export function fileOf(subject: Subject, name: string, content: Uint8Array): File {
  const file = subject.runtime.files.open(`${subject.directory}/${name}`, "create");
  file.write(content, 0);
  return file;
}

export function rangeOf(file: File, position: number, length: number): FileRange {
  return { file, position, length };
}

/** What the parts stand for, all of whose ranges are of a file with this content. */
function bytesOf(parts: readonly Part[], content: Uint8Array): Uint8Array {
  return concatenated(
    parts.map((part) =>
      part instanceof Uint8Array ? part : content.subarray(part.position, part.position + part.length),
    ),
  );
}

export async function arrives(subject: Subject, receiver: Recorder, expected: Uint8Array): Promise<void> {
  await until(subject, "everything arrived", () => receiver.receivedBytes >= expected.length);
  expect(differsAt(receiver.bytes(), expected)).toBeUndefined();
}

/** The accepted ends, in the order of their clients. */
function sortedBy(accepted: readonly Recorder[], clients: readonly Recorder[]): Recorder[] {
  return clients.map((client) => accepted.find((end) => end.connection.remote.port === client.connection.local.port)!);
}

/** It was closed, and nobody retains it any more. */
export function isLetGo(file: File): boolean {
  try {
    file.retain();
  } catch (error) {
    expect((error as Error).message).toMatch(/EBADF/);
    return true;
  }
  file.release();
  return false;
}
