import { describe, expect, test } from "vitest";
import type { Connection } from "../../src/runtime.ts";
import {
  type CreateSubject,
  concatenated,
  connect,
  connectedPair,
  differsAt,
  failureOf,
  listen,
  patternBytes,
  Recorder,
  settled,
  textBytes,
  until,
} from "./subject.ts";

const noHandler = (connection: Connection): Recorder => new Recorder(connection);

export function networkSuite(name: string, createSubject: CreateSubject): void {
  describe(`network of ${name}: opening and closing`, () => {
    test("both ends know both addresses", async () => {
      const subject = await createSubject();
      const { listener, accepted } = await listen(subject);
      const client = await connect(subject, listener.address);
      await until(subject, "accepted", () => accepted.length === 1);
      expect(listener.address.port).toBeGreaterThan(0);
      expect(client.connection.remote).toEqual({ host: "127.0.0.1", port: listener.address.port });
      expect(accepted[0]!.connection.local).toEqual(client.connection.remote);
      expect(accepted[0]!.connection.remote).toEqual(client.connection.local);
    });

    test("hosts are looked up: an address is its own, and who is nobody is ENOTFOUND or EAI_AGAIN", async () => {
      const { runtime } = await createSubject();
      const { network } = runtime;
      expect(await network.resolve("localhost")).toContain("127.0.0.1");
      for (const address of ["10.1.2.3", "::1"]) expect(await network.resolve(address)).toEqual([address]);
      await expect(network.resolve("no-such-host.invalid")).rejects.toMatchObject({
        code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/),
      });
    });

    test("a port that is taken is EADDRINUSE", async () => {
      const subject = await createSubject();
      const { listener } = await listen(subject);
      const again = subject.runtime.network.listen(listener.address, {}, noHandler);
      expect((await failureOf(subject, again)).code).toBe("EADDRINUSE");
    });

    test("an empty host listens on every interface", async () => {
      const subject = await createSubject();
      const { network } = subject.runtime;
      const listener = await settled(subject, network.listen({ host: "", port: 0 }, {}, noHandler));
      await connect(subject, { host: "127.0.0.1", port: listener.address.port });
      await settled(subject, listener.close());
    });

    test("connecting where nobody listens is ECONNREFUSED", async () => {
      const subject = await createSubject();
      const { listener } = await listen(subject);
      await settled(subject, listener.close());
      const connecting = subject.runtime.network.connect(listener.address, { timeoutMs: 5_000 }, noHandler);
      expect((await failureOf(subject, connecting)).code).toBe("ECONNREFUSED");
    });

    test("connecting where nobody answers is ETIMEDOUT after the time given", async () => {
      const subject = await createSubject();
      const address = await subject.silentAddress();
      const { clock, network } = subject.runtime;
      const startMs = clock.elapsed();
      const error = await failureOf(subject, network.connect(address, { timeoutMs: 300 }, noHandler));
      expect(error.code).toBe("ETIMEDOUT");
      expect(clock.elapsed() - startMs).toBeGreaterThanOrEqual(299);
      expect(clock.elapsed() - startMs).toBeLessThan(20_000);
    });

    test("a listener that is closed accepts no more, its connections live on, and its port is free", async () => {
      const subject = await createSubject();
      const { network } = subject.runtime;
      const { listener, accepted } = await listen(subject);
      const client = await connect(subject, listener.address);
      await until(subject, "accepted", () => accepted.length === 1);
      await settled(subject, listener.close());
      await settled(subject, listener.close());
      const refused = network.connect(listener.address, { timeoutMs: 5_000 }, noHandler);
      expect((await failureOf(subject, refused)).code).toBe("ECONNREFUSED");
      client.connection.send([textBytes("still here")]);
      await until(subject, "the bytes arrived", () => accepted[0]!.text() === "still here");
      const second = await settled(subject, network.listen(listener.address, {}, noHandler));
      expect(second.address.port).toBe(listener.address.port);
      await settled(subject, second.close());
    });

    test("1,000 connections at once each get their own answer", async () => {
      const subject = await createSubject();
      const { listener, accepted } = await listen(subject, (recorder) => {
        recorder.onReceived = (chunk) => recorder.connection.send([textBytes("answer to "), chunk.slice()]);
      });
      const clients: Recorder[] = [];
      for (let batch = 0; batch < 10; batch++) {
        const opening = Array.from({ length: 100 }, () => connect(subject, listener.address));
        clients.push(...(await Promise.all(opening)));
      }
      for (const [index, client] of clients.entries()) client.connection.send([textBytes(`question ${index}`)]);
      await until(subject, "all are answered", () =>
        clients.every((client, index) => client.receivedBytes >= `answer to question ${index}`.length),
      );
      expect(clients.filter((client, index) => client.text() !== `answer to question ${index}`)).toEqual([]);
      expect(accepted.length).toBe(1_000);
    });

    test("closed() comes once, last, and never inside a call", async () => {
      const subject = await createSubject();
      const { client, server } = await connectedPair(subject);
      client.connection.reset();
      expect(client.events).toEqual([]);
      client.connection.reset();
      client.connection.end();
      client.connection.pause();
      client.connection.resume();
      expect(client.connection.send([textBytes("too late")])).toBe(false);
      await until(subject, "closed", () => client.isClosed());
      await until(subject, "the peer knows", () => server.events.length > 0);
      await subject.pass(20);
      expect(client.events).toEqual(["closed"]);
      expect(client.error).toBeUndefined();
      expect(server.receivedBytes).toBe(0);
    });
  });

  describe(`network of ${name}: bytes`, () => {
    test("parts arrive in order, lent as plain Uint8Arrays", async () => {
      const subject = await createSubject();
      const { client, server } = await connectedPair(subject);
      const prototypes = new Set<unknown>();
      server.onReceived = (chunk) => prototypes.add(Object.getPrototypeOf(chunk));
      const parts = Array.from({ length: 5_000 }, (_, index) => patternBytes(index % 97, index));
      client.connection.send(parts);
      const expected = concatenated(parts);
      await until(subject, "everything arrived", () => server.receivedBytes >= expected.length);
      expect(differsAt(server.bytes(), expected)).toBeUndefined();
      expect([...prototypes].map((prototype) => prototype === Uint8Array.prototype)).toEqual([true]);
    });

    test("small and large parts mixed arrive byte for byte", async () => {
      const subject = await createSubject();
      const { client, server } = await connectedPair(subject);
      const lengths = [1, 16_383, 16_384, 3, 0, 70_000, 1, 1, 200_000, 131_072, 15_000, 15_000, 9, 1_000_000, 4];
      const parts = lengths.map((length, index) => patternBytes(length, index));
      client.connection.send(parts);
      const expected = concatenated(parts);
      await until(subject, "everything arrived", () => server.receivedBytes >= expected.length);
      expect(differsAt(server.bytes(), expected)).toBeUndefined();
    });

    test("100 MB in chunks of 64 KiB, sent as fast as back-pressure allows", async () => {
      const subject = await createSubject();
      const { client, server } = await connectedPair(subject);
      const chunk = patternBytes(64 * 1024);
      const chunks = 1_600;
      let mismatches = 0;
      let longestQueue = 0;
      server.keeps = false;
      server.onReceived = (received) => {
        const start = (server.receivedBytes - received.length) % chunk.length;
        if (!repeats(chunk, start, received)) mismatches++;
      };
      let sent = 0;
      const sendMore = (): void => {
        while (sent < chunks) {
          sent++;
          const goesOn = client.connection.send([chunk]);
          longestQueue = Math.max(longestQueue, client.connection.queuedBytes());
          if (!goesOn) return;
        }
      };
      client.onDrained = sendMore;
      sendMore();
      await until(subject, "everything arrived", () => server.receivedBytes >= chunks * chunk.length);
      expect(server.receivedBytes).toBe(chunks * chunk.length);
      expect(mismatches).toBe(0);
      expect(longestQueue).toBeLessThan(1024 * 1024);
    });

    test("64 KiB a byte at a time", async () => {
      const subject = await createSubject();
      const { client, server } = await connectedPair(subject);
      const bytes = patternBytes(64 * 1024);
      for (let index = 0; index < bytes.length; index++) client.connection.send([bytes.subarray(index, index + 1)]);
      await until(subject, "everything arrived", () => server.receivedBytes >= bytes.length);
      expect(differsAt(server.bytes(), bytes)).toBeUndefined();
    });

    test("what is sent inside received() is answered at once, thousands of times in a row", async () => {
      const subject = await createSubject();
      const { listener } = await listen(subject, (recorder) => {
        recorder.onReceived = (chunk) => recorder.connection.send([chunk.slice()]);
      });
      const client = await connect(subject, listener.address);
      client.onReceived = () => {
        if (client.receivedBytes < 8_000) client.connection.send([textBytes("ping")]);
      };
      client.connection.send([textBytes("ping")]);
      await until(subject, "2,000 round trips", () => client.receivedBytes >= 8_000);
      expect(client.text()).toBe("ping".repeat(2_000));
    });
  });

  describe(`network of ${name}: back-pressure`, () => {
    test("send() answers false while the peer does not read, and drained() follows once when all is sent", async () => {
      const subject = await createSubject();
      const { client, server } = await connectedPair(subject);
      server.connection.pause();
      const chunk = patternBytes(64 * 1024);
      let sent = 0;
      // The kernel's buffers take some megabytes first.
      while (client.connection.queuedBytes() === 0) {
        for (let goesOn = true; goesOn; sent++) {
          goesOn = client.connection.send([chunk]);
          if (sent > 1_000) throw new Error("64 MB were taken although nobody reads");
        }
        await subject.pass(50);
      }
      const events = client.events.length;
      await subject.pass(50);
      expect(client.connection.queuedBytes()).toBeGreaterThan(0);
      expect(client.events.length).toBe(events);
      expect(server.receivedBytes).toBe(0);
      server.connection.resume();
      await until(subject, "drained", () => client.events.length > events);
      expect(client.connection.queuedBytes()).toBe(0);
      await until(subject, "everything arrived", () => server.receivedBytes >= sent * chunk.length);
      await subject.pass(20);
      expect(client.events.slice(events)).toEqual(["drained"]);
      expect(differsAt(server.bytes(), concatenated(Array.from({ length: sent }, () => chunk)))).toBeUndefined();
    });

    test("end() sends what is queued first", async () => {
      const subject = await createSubject();
      const { client, server } = await connectedPair(subject);
      server.connection.pause();
      const bytes = patternBytes(12_000_000);
      client.connection.send([bytes]);
      client.connection.end();
      expect(client.connection.send([textBytes("too late")])).toBe(false);
      await subject.pass(20);
      server.connection.resume();
      await until(subject, "the end arrived", () => server.events.includes("ended"));
      expect(differsAt(server.bytes(), bytes)).toBeUndefined();
    });

    test("reset() drops what is queued", async () => {
      const subject = await createSubject();
      const { client, server } = await connectedPair(subject);
      server.connection.pause();
      client.connection.send([patternBytes(50_000_000)]);
      await subject.pass(20);
      client.connection.reset();
      await until(subject, "closed", () => client.isClosed());
      server.connection.resume();
      await until(subject, "the peer knows", () => server.events.includes("ended") || server.isClosed());
      expect(server.receivedBytes).toBeLessThan(50_000_000);
    });
  });

  describe(`network of ${name}: pause`, () => {
    test("nothing is delivered after pause(), and all of it after resume()", async () => {
      const subject = await createSubject();
      const { client, server } = await connectedPair(subject);
      const bytes = patternBytes(3_000_000);
      let pauses = 0;
      let deliveredPaused = 0;
      let isPaused = false;
      server.onReceived = () => {
        if (isPaused) deliveredPaused++;
        isPaused = true;
        pauses++;
        server.connection.pause();
      };
      client.connection.send([bytes]);
      client.connection.end();
      while (!server.events.includes("ended")) {
        await until(subject, "paused or ended", () => isPaused || server.events.includes("ended"));
        const before = server.events.length + server.receivedBytes;
        for (let turn = 0; turn < 3; turn++) await subject.turn();
        if (isPaused) expect(server.events.length + server.receivedBytes).toBe(before);
        isPaused = false;
        server.connection.resume();
      }
      expect(deliveredPaused).toBe(0);
      expect(pauses).toBeGreaterThan(3);
      expect(differsAt(server.bytes(), bytes)).toBeUndefined();
    });

    test("a pause from outside a callback holds back what is on its way, and the peer's end behind it", async () => {
      const subject = await createSubject();
      const { client, server } = await connectedPair(subject);
      await subject.pass(20);
      server.connection.pause();
      client.connection.send([textBytes("first")]);
      client.connection.end();
      await subject.pass(50);
      expect(server.events).toEqual([]);
      server.connection.resume();
      expect(server.events).toEqual([]);
      server.connection.pause();
      await subject.pass(50);
      expect(server.events).toEqual([]);
      server.connection.resume();
      await until(subject, "the end arrived", () => server.events.includes("ended"));
      expect(server.text()).toBe("first");
      expect(server.events).toEqual(["received", "ended"]);
    });

    test("a pause while the connection is accepted lasts until resume()", async () => {
      const subject = await createSubject();
      const { listener, accepted } = await listen(subject, ({ connection }) => connection.pause());
      const client = await connect(subject, listener.address, ({ connection }) => connection.pause());
      client.connection.send([textBytes("hello")]);
      await until(subject, "accepted", () => accepted.length === 1);
      const server = accepted[0]!;
      server.connection.send([textBytes("welcome")]);
      await subject.pass(50);
      expect([server.events, client.events]).toEqual([[], []]);
      server.connection.resume();
      client.connection.resume();
      await until(subject, "both arrived", () => server.text() === "hello" && client.text() === "welcome");
    });

    test("a paused connection still sends", async () => {
      const subject = await createSubject();
      const { client, server } = await connectedPair(subject);
      server.connection.pause();
      server.connection.send([textBytes("one way")]);
      await until(subject, "it arrived", () => client.text() === "one way");
    });
  });
}

/** Whether `received` is `chunk` over and over, from `start` on. */
function repeats(chunk: Uint8Array, start: number, received: Uint8Array): boolean {
  for (let done = 0; done < received.length; ) {
    const offset = (start + done) % chunk.length;
    const length = Math.min(chunk.length - offset, received.length - done);
    const expected = chunk.subarray(offset, offset + length);
    if (differsAt(received.subarray(done, done + length), expected) !== undefined) return false;
    done += length;
  }
  return true;
}
