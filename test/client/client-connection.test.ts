import { afterEach, describe, expect, test } from "vitest";
import { createRuntime } from "#adapter";
import { ClientConnection } from "../../src/client/client-connection.ts";
import { isRequestFailure } from "../../src/client/client-error.ts";
import { ClusterClient } from "../../src/client/cluster-client.ts";
import { ApiKey } from "../../src/protocol/api-keys.ts";
import { ErrorCode } from "../../src/protocol/error-codes.ts";
import { FrameSplitter } from "../../src/protocol/frame.ts";
import { encodeResponseFrame, type RequestHeader, readRequestHeader } from "../../src/protocol/header.ts";
import { ApiVersionsResponse } from "../../src/protocol/messages/api-versions.ts";
import { HeartbeatRequest, HeartbeatResponse } from "../../src/protocol/messages/heartbeat.ts";
import { ListGroupsRequest } from "../../src/protocol/messages/list-groups.ts";
import { MetadataResponse } from "../../src/protocol/messages/metadata.ts";
import { Reader } from "../../src/protocol/reader.ts";
import type { Connection, Listener } from "../../src/runtime.ts";

const runtime = createRuntime({ log: { write() {} } });
const listeners: Listener[] = [];
const clients: ClientConnection[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  for (const listener of listeners.splice(0)) await listener.close();
});

type Peer = (header: RequestHeader, connection: Connection) => void;

const heartbeat = { groupId: "g", generationId: 1, memberId: "m" };

/** Somebody who answers requests by hand. */
async function listen(peer: Peer): Promise<{ host: string; port: number }> {
  const listener = await runtime.network.listen({ host: "127.0.0.1", port: 0 }, {}, (connection) => {
    const frames = new FrameSplitter(1_000_000);
    return {
      received: (chunk) => frames.push(chunk, (frame) => peer(readRequestHeader(new Reader(frame)), connection)),
      drained() {},
      ended: () => connection.end(),
      closed() {},
    };
  });
  listeners.push(listener);
  return listener.address;
}

/** Offers Heartbeat 0 to 4 and ApiVersions, and leaves everything else to `peer`. */
function offering(peer: Peer, heartbeatVersions = { minVersion: 0, maxVersion: 4 }): Peer {
  return (header, connection) => {
    if (header.requestApiKey !== ApiKey.ApiVersions) return peer(header, connection);
    const apiKeys = [
      { apiKey: ApiKey.ApiVersions, minVersion: 0, maxVersion: 5 },
      { apiKey: ApiKey.Heartbeat, ...heartbeatVersions },
      { apiKey: ApiKey.Metadata, minVersion: 0, maxVersion: 9 },
    ];
    const answer = { errorCode: ErrorCode.NONE, apiKeys };
    connection.send(encodeResponseFrame(header.correlationId, ApiVersionsResponse, header.requestApiVersion, answer));
  };
}

async function connect(peer: Peer, requestTimeoutMs = 5_000): Promise<ClientConnection> {
  const options = { clientId: "test", connectTimeoutMs: 5_000, requestTimeoutMs, maxResponseBytes: 10_000 };
  const client = await ClientConnection.open(runtime, await listen(peer), options);
  clients.push(client);
  return client;
}

const answerTo = (header: RequestHeader, errorCode: number) =>
  encodeResponseFrame(header.correlationId, HeartbeatResponse, header.requestApiVersion, { errorCode });

test("answers find their requests, whatever their order", async () => {
  const waiting: RequestHeader[] = [];
  const client = await connect(
    offering((header, connection) => {
      waiting.push(header);
      if (waiting.length < 3) return;
      for (const each of waiting.toReversed()) connection.send(answerTo(each, each.correlationId));
    }),
  );
  const answers = await Promise.all(
    [1, 2, 3].map(() => client.request(HeartbeatRequest, HeartbeatResponse, heartbeat)),
  );
  expect(answers.map(({ errorCode }) => errorCode)).toEqual(waiting.map(({ correlationId }) => correlationId));
});

test.each([
  ["HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP"],
  ["\u0015\u0003\u0003\0\u0002\u0002\u0032", "TLS"],
])("whoever answers %j is no broker, and named", async (answer, protocol) => {
  const opening = connect((_header, connection) => void connection.send([new TextEncoder().encode(answer)]));
  await expect(opening).rejects.toMatchObject({
    code: "EPROTO",
    message: expect.stringMatching(new RegExp(`^127\\.0\\.0\\.1:\\d+ speaks ${protocol}, and not Kafka's protocol$`)),
  });
});

test("whoever closes the connection without an answer may be a listener with TLS", async () => {
  const opening = connect((_header, connection) => connection.end());
  await expect(opening).rejects.toThrow(/closed the connection before it answered anything: .* without TLS/);
});

describe("versions", () => {
  test("the highest that both sides know is used", async () => {
    const client = await connect(
      offering((header, connection) => connection.send(answerTo(header, header.requestApiVersion)), {
        minVersion: 1,
        maxVersion: 3,
      }),
    );
    expect(await client.request(HeartbeatRequest, HeartbeatResponse, heartbeat)).toMatchObject({ errorCode: 3 });
  });

  test("a broker that lacks our version of ApiVersions is asked again in one of its own", async () => {
    const asked: number[] = [];
    const client = await connect((header, connection) => {
      asked.push(header.requestApiVersion);
      const isKnown = header.requestApiVersion <= 2;
      const apiKeys = [{ apiKey: ApiKey.ApiVersions, minVersion: 0, maxVersion: 2 }];
      const answer = { errorCode: isKnown ? ErrorCode.NONE : ErrorCode.UNSUPPORTED_VERSION, apiKeys };
      connection.send(
        encodeResponseFrame(header.correlationId, ApiVersionsResponse, isKnown ? header.requestApiVersion : 0, answer),
      );
    });
    expect(asked).toEqual([5, 2]);
    expect(client.isOpen).toBe(true);
  });

  test("an API that is not served, or in other versions only, is refused by name", async () => {
    const client = await connect(offering(() => {}, { minVersion: 8, maxVersion: 9 }));
    expect(() => client.versionOf(ListGroupsRequest)).toThrow("The broker does not serve ListGroups");
    expect(() => client.versionOf(HeartbeatRequest)).toThrow(
      "The broker serves versions 8 to 9 of Heartbeat, and this client knows 0 to 4",
    );
  });
});

describe("what can go wrong", () => {
  const request = (client: ClientConnection) => client.request(HeartbeatRequest, HeartbeatResponse, heartbeat);

  test("nobody listens", async () => {
    const options = { clientId: "test", connectTimeoutMs: 5_000, requestTimeoutMs: 5_000 };
    const opening = ClientConnection.open(runtime, { host: "127.0.0.1", port: 1 }, options);
    await expect(opening).rejects.toMatchObject({ name: "ConnectionError", code: "ECONNREFUSED" });
  });

  test("no answer in time, though others come: a late one is dropped, and the connection lives on", async () => {
    const unanswered: (() => void)[] = [];
    const client = await connect(
      offering((header, connection) => {
        if (unanswered.length > 0) connection.send(answerTo(header, 0));
        else unanswered.push(() => connection.send(answerTo(header, ErrorCode.UNKNOWN_SERVER_ERROR)));
      }),
    );
    const slow = client.request(HeartbeatRequest, HeartbeatResponse, heartbeat, { timeoutMs: 200 });
    expect(await request(client)).toMatchObject({ errorCode: 0 });
    await expect(slow).rejects.toThrow("did not answer Heartbeat within 200 ms");
    unanswered[0]!();
    expect(await request(client)).toMatchObject({ errorCode: 0 });
  });

  test("nothing in time: the connection may be half open, and is closed with all that wait no longer", async () => {
    const client = await connect(
      offering(() => {}),
      200,
    );
    const outcomes = await Promise.allSettled([request(client), request(client)]);
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ status: "rejected", reason: { code: "ETIMEDOUT" } });
    expect(client.isOpen).toBe(false);
    expect(client.isSilent).toBe(true);
  });

  test("a request that may take longer than one that timed out keeps the connection", async () => {
    const client = await connect(
      offering((header, connection) => {
        if (header.correlationId % 2 === 0) setTimeout(() => connection.send(answerTo(header, 0)), 400);
      }),
    );
    const patient = [1, 2].map(() => request(client));
    const impatient = [1, 2].map(() =>
      client.request(HeartbeatRequest, HeartbeatResponse, heartbeat, { timeoutMs: 100 }),
    );
    for (const each of impatient) await expect(each).rejects.toMatchObject({ code: "ETIMEDOUT" });
    expect(client.isOpen).toBe(true);
    expect(await Promise.race(patient)).toMatchObject({ errorCode: 0 });
    client.close();
    await Promise.allSettled(patient);
  });

  test("the peer closes the connection with requests under way", async () => {
    const client = await connect(offering((_, connection) => connection.end()));
    const outcomes = await Promise.allSettled([request(client), request(client)]);
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ status: "rejected", reason: { name: "ConnectionError" } });
    expect(client.isOpen).toBe(false);
    await expect(request(client)).rejects.toThrow("closed the connection");
  });

  test.each<[string, number[]]>([
    ["a negative length", [255, 255, 255, 255]],
    ["a length above the limit", [127, 255, 255, 255]],
    ["a frame without a header", [0, 0, 0, 2, 1, 2]],
  ])("the peer sends %s", async (_, bytes) => {
    const client = await connect(offering((_header, connection) => connection.send([new Uint8Array(bytes)])));
    await expect(request(client)).rejects.toMatchObject({ name: "ConnectionError" });
    expect(client.isOpen).toBe(false);
  });

  test("the peer's first answer is cut short: an error of the protocol's, not of a mistake in here", async () => {
    const answer = (correlationId: number) => new Uint8Array([0, 0, 0, 5, 0, 0, 0, correlationId, 0]);
    const opening = connect((header, connection) => connection.send([answer(header.correlationId)]));
    await expect(opening).rejects.toSatisfy(isRequestFailure);
  });

  test("the peer is no broker at all", async () => {
    const listener = await runtime.network.listen({ host: "127.0.0.1", port: 0 }, {}, (connection) => ({
      received: () => void connection.send([new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n")]),
      drained() {},
      ended() {},
      closed() {},
    }));
    listeners.push(listener);
    const options = { clientId: "test", connectTimeoutMs: 5_000, requestTimeoutMs: 2_000 };
    await expect(ClientConnection.open(runtime, listener.address, options)).rejects.toMatchObject({
      name: "ConnectionError",
    });
  });
});

test("of several brokers, one that has left a request unanswered is asked again only when it is the last", async () => {
  const silent = await listen(offering(() => {}));
  const other = await listen(offering((header, connection) => connection.send(answerTo(header, ErrorCode.NONE))));
  const options = { clientId: "test", connectTimeoutMs: 5_000, requestTimeoutMs: 200, retryTimeoutMs: 1_000 };
  const cluster = new ClusterClient(runtime, { ...options, bootstrap: [silent, other] });
  const ask = () => cluster.request(HeartbeatRequest, HeartbeatResponse, heartbeat);
  await expect(ask()).rejects.toMatchObject({ code: "ETIMEDOUT" });
  expect((await ask()).errorCode).toBe(ErrorCode.NONE);
  cluster.close();

  const alone = new ClusterClient(runtime, { ...options, bootstrap: [silent] });
  for (let attempt = 0; attempt < 2; attempt++) {
    await expect(alone.request(HeartbeatRequest, HeartbeatResponse, heartbeat)).rejects.toMatchObject({
      code: "ETIMEDOUT",
    });
  }
  alone.close();
});

test("of several brokers, nobody waits for one that is only now being connected to", async () => {
  const mute = await listen(() => {});
  const brokers: { nodeId: number; host: string; port: number }[] = [];
  const other = await listen(
    offering((header, connection) => {
      if (header.requestApiKey !== ApiKey.Metadata) return void connection.send(answerTo(header, ErrorCode.NONE));
      const answer = { brokers, topics: [] };
      connection.send(encodeResponseFrame(header.correlationId, MetadataResponse, header.requestApiVersion, answer));
    }),
  );
  brokers.push({ nodeId: 1, ...other }, { nodeId: 2, ...mute });
  const options = { clientId: "test", connectTimeoutMs: 5_000, requestTimeoutMs: 1_000, retryTimeoutMs: 1_000 };
  const cluster = new ClusterClient(runtime, { ...options, bootstrap: [other] });
  await cluster.topics();
  const muteOutcome = cluster.broker(2).then(
    () => "connected",
    () => "not connected",
  );
  const answered = cluster.request(HeartbeatRequest, HeartbeatResponse, heartbeat).then(() => "answered");
  expect(await Promise.race([answered, muteOutcome])).toBe("answered");
  expect(await muteOutcome).toBe("not connected");
  cluster.close();
});
