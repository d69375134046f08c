import { once } from "node:events";
import net from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { handleOf, readInto } from "../../adapters/node/lent-buffer.ts";

// What it uses of Node's sockets is not documented. Whatever of it is missing, the bytes arrive.

describe.skipIf("Bun" in globalThis || "Deno" in globalThis)("a socket that was accepted", () => {
  test("reads into the buffer that it is given, and no other one is made for it", async () => {
    const exchanged = await exchange(() => {});
    expect(exchanged).toEqual({ isAnother: false, received: "some bytes", isLent: true, notes: [] });
  });

  test("moves into another one where its handle takes no buffer later", async () => {
    const { notes, ...exchanged } = await exchange((socket) => {
      const handle = handleOf(socket)!;
      hideOnce(handle, "useUserBuffer", handle.useUserBuffer);
    });
    expect(exchanged).toEqual({ isAnother: true, received: "some bytes", isLent: true });
    expect(notes).toEqual([expect.stringContaining("each connection takes two")]);
  });

  test("reads buffers of its own where its handle is not to be had", async () => {
    const { notes, ...exchanged } = await exchange((socket) => hideOnce(socket, "_handle", handleOf(socket)));
    expect(exchanged).toEqual({ isAnother: false, received: "some bytes", isLent: false });
    expect(notes).toEqual([expect.stringContaining("each read takes new memory")]);
  });
});

/** The first who asks for it finds nothing. */
function hideOnce(object: object, name: string, value: unknown): void {
  const get = () => {
    Object.defineProperty(object, name, { value, writable: true, configurable: true });
    return undefined;
  };
  Object.defineProperty(object, name, { get, configurable: true });
}

/** What a server reads of a client, when `change` has been at its socket. */
async function exchange(change: (accepted: net.Socket) => void) {
  const buffer = new Uint8Array(64);
  const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = net.connect((server.address() as net.AddressInfo).port, "127.0.0.1");
  const [accepted] = (await once(server, "connection")) as [net.Socket];
  let received = "";
  let isLent = true;
  const notes: string[] = [];
  change(accepted);
  const onRead = (count: number, bytes: Uint8Array) => {
    received += Buffer.from(bytes.subarray(0, count)).toString();
    isLent &&= bytes === buffer;
    return true;
  };
  const socket = readInto(accepted, buffer, onRead, (note) => notes.push(note));
  onTestFinished(() => {
    for (const each of [client, socket, accepted]) each.destroy();
    server.close();
  });
  socket.resume();
  client.end("some bytes");
  await once(socket, "end");
  return { isAnother: socket !== accepted, received, isLent, notes };
}
