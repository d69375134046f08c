import net from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { SeededRandom } from "../../adapters/simulator/index.ts";
import type { File, ListenOptions, Part } from "../../src/runtime.ts";
import { createAdapterSubject } from "./adapter.subject.ts";
import { fileOf, isLetGo, rangeOf } from "./file-ranges.suite.ts";
import { concatenated, differsAt, listen, patternBytes, type Recorder, type Subject, until } from "./subject.ts";

// Many peers at a time, each of its own kind, so that descriptors go from one to the next while ranges are on their way.

const kinds = ["reads", "reads slowly", "half-closes", "closes", "resets", "resets unread"] as const;
type Kind = (typeof kinds)[number];

const peerCount = 60;
const contentBytes = 2_000_000;

const ways: readonly [name: string, options: ListenOptions][] = [
  ["without a copy", { zeroCopy: true }],
  ["without a copy, through a small buffer", { zeroCopy: true, sendBufferBytes: 10_000 }],
  ["copied", { zeroCopy: false }],
];

describe.each(ways)("ranges that are sent %s", (_, options) => {
  test.each([1, 2, 3])("arrive at whoever stays, and nobody sees those of others (seed %i)", async (seed) => {
    const chance = new SeededRandom(seed);
    const subject = await createAdapterSubject();
    const content = patternBytes(contentBytes, seed);
    const file = fileOf(subject, "segment", content);
    const expected = new Map<number, Uint8Array>();
    const { listener, accepted } = await listen(
      subject,
      (server) => {
        const parts = partsOf(chance, file, content);
        expected.set(server.connection.remote.port, concatenated(parts.map((part) => bytesOf(part, content))));
        void sendAll(subject, server, parts);
      },
      options,
    );
    const peers: Peer[] = [];
    while (peers.length < peerCount) {
      peers.push(new Peer(kinds[chance.integer(kinds.length)]!, chance, listener.address.port));
      if (chance.integer(3) === 0) await subject.turn();
    }
    await until(subject, "all have come and gone", () => {
      return peers.every((peer) => peer.isClosed) && accepted.every((server) => server.isClosed());
    });
    for (const peer of peers) {
      // Some may have gone before they were accepted.
      const wanted = expected.get(peer.port) ?? new Uint8Array(0);
      if (peer.stays) expect(peer.received.length).toBe(expected.get(peer.port)?.length);
      expect(differsAt(peer.received, wanted.subarray(0, peer.received.length))).toBeUndefined();
    }
    expect(subject.log.lines.filter(({ level }) => level === "error")).toEqual([]);
    file.close();
    await until(subject, "the file is let go", () => isLetGo(file));
  });
});

/** A peer that is not of the adapter. */
class Peer {
  port = 0;
  isClosed = false;
  private readonly kind: Kind;
  private readonly chunks: Uint8Array[] = [];

  constructor(kind: Kind, chance: SeededRandom, port: number) {
    this.kind = kind;
    const socket = net.connect({ host: "127.0.0.1", port, allowHalfOpen: true });
    onTestFinished(() => void socket.destroy());
    let leftBytes = chance.integer(contentBytes / 2);
    socket.on("connect", () => {
      this.port = socket.localPort!;
      if (kind === "half-closes") socket.end();
      if (kind === "resets unread") setTimeout(() => socket.resetAndDestroy(), chance.integer(20));
    });
    if (kind === "resets unread") socket.pause();
    socket.on("data", (chunk: Buffer) => {
      this.chunks.push(new Uint8Array(chunk));
      leftBytes -= chunk.length;
      if (kind === "closes" && leftBytes < 0) socket.destroy();
      if (kind === "resets" && leftBytes < 0) socket.resetAndDestroy();
      if (kind !== "reads slowly" || chance.integer(8) > 0) return;
      socket.pause();
      setTimeout(() => socket.resume(), chance.integer(10));
    });
    socket.on("end", () => socket.end());
    socket.on("error", () => {});
    socket.on("close", () => {
      this.isClosed = true;
    });
  }

  get stays(): boolean {
    return this.kind === "reads" || this.kind === "reads slowly" || this.kind === "half-closes";
  }

  get received(): Uint8Array {
    return concatenated(this.chunks);
  }
}

function partsOf(chance: SeededRandom, file: File, content: Uint8Array): Part[] {
  return Array.from({ length: 1 + chance.integer(12) }, () => {
    const length = 1 + chance.integer(chance.integer(2) === 0 ? 400 : 900_000);
    const position = chance.integer(content.length - length);
    return chance.integer(3) === 0 ? content.slice(position, position + length) : rangeOf(file, position, length);
  });
}

/** In several messages, and then the end. */
async function sendAll(subject: Subject, { connection }: Recorder, parts: readonly Part[]): Promise<void> {
  for (let start = 0; start < parts.length; start += 3) {
    connection.send(parts.slice(start, start + 3));
    await subject.turn();
  }
  connection.end();
}

function bytesOf(part: Part, content: Uint8Array): Uint8Array {
  return part instanceof Uint8Array ? part : content.subarray(part.position, part.position + part.length);
}
