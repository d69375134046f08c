import { expect, test } from "vitest";
import { createRuntime } from "#adapter";
import { ApiKey } from "../../src/protocol/api-keys.ts";
import { FrameSplitter } from "../../src/protocol/frame.ts";
import { encodeResponseFrame, readRequestHeader } from "../../src/protocol/header.ts";
import { ApiVersionsResponse } from "../../src/protocol/messages/api-versions.ts";
import { Reader } from "../../src/protocol/reader.ts";
import { RaftSender } from "../../src/raft/raft-sender.ts";
import type { Connection } from "../../src/runtime.ts";
import { soon } from "../patience.ts";

const runtime = createRuntime({ log: { write() {} } });

/** A controller that answers nothing but ApiVersions, until its process is gone. */
async function startController() {
  const open = new Set<Connection>();
  const listener = await runtime.network.listen({ host: "127.0.0.1", port: 0 }, {}, (connection) => {
    open.add(connection);
    const answer = (frame: Uint8Array) => {
      const { correlationId, requestApiVersion } = readRequestHeader(new Reader(frame));
      const apiKeys = [{ apiKey: ApiKey.ApiVersions, minVersion: 0, maxVersion: 5 }];
      connection.send(
        encodeResponseFrame(correlationId, ApiVersionsResponse, requestApiVersion, { errorCode: 0, apiKeys }),
      );
    };
    const frames = new FrameSplitter(1_000_000);
    return {
      received: (chunk) => frames.push(chunk, answer),
      drained() {},
      ended: () => connection.end(),
      closed: () => void open.delete(connection),
    };
  });
  const kill = async () => {
    const closed = listener.close();
    for (const connection of open) connection.reset();
    await closed;
    await expect.poll(() => open.size, soon).toBe(0);
  };
  return { peer: { id: 1, ...listener.address }, kill };
}

test("a connection that broke while nothing was asked is told of once, when the next request finds nobody", async () => {
  const { peer, kill } = await startController();
  const broken: number[] = [];
  const onBroken = ({ id }: { id: number }) => void broken.push(id);
  const sender = new RaftSender({ runtime, nodeId: 2, listenerName: "C", requestTimeoutMs: 5_000, onBroken });
  expect(await sender.send(peer, { type: "apiVersions" })).toMatchObject({ errorCode: 0 });
  await kill();
  // The reset is on its way.
  await new Promise<void>((resolve) => runtime.clock.schedule(50, resolve));
  expect(await sender.send(peer, { type: "apiVersions" })).toBeUndefined();
  expect(broken).toEqual([1]);
  expect(await sender.send(peer, { type: "apiVersions" })).toBeUndefined();
  expect(broken).toEqual([1]);
  sender.close();
});
