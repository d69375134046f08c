import { describe, expect, test } from "vitest";
import {
  type CreateSubject,
  connect,
  connectedPair,
  differsAt,
  listen,
  patternBytes,
  type Recorder,
  textBytes,
  until,
} from "./subject.ts";

/** How connections end: by one side, by both, by a reset, by a handler that throws. */
export function networkEndingsSuite(name: string, createSubject: CreateSubject): void {
  describe(`network of ${name}: half-close`, () => {
    for (const first of ["client", "server"] as const) {
      test(`the ${first} ends first, and the other end still sends`, async () => {
        const subject = await createSubject();
        const pair = await connectedPair(subject);
        const [near, far] = first === "client" ? [pair.client, pair.server] : [pair.server, pair.client];
        const answer = patternBytes(1_000_000);
        near.connection.send([textBytes("question")]);
        near.connection.end();
        await until(subject, "the end arrived", () => far.events.includes("ended"));
        expect(far.text()).toBe("question");
        await subject.pass(20);
        expect([near.isClosed(), far.isClosed()]).toEqual([false, false]);
        far.connection.send([answer]);
        far.connection.end();
        await until(subject, "both are closed", () => near.isClosed() && far.isClosed());
        expect(differsAt(near.bytes(), answer)).toBeUndefined();
        expect(near.events.filter((event) => event !== "drained")).toEqual(["received", "ended", "closed"]);
        expect(far.events.filter((event) => event !== "drained")).toEqual(["received", "ended", "closed"]);
        expect([near.error, far.error]).toEqual([undefined, undefined]);
      });
    }

    test("end() inside ended() closes both ends", async () => {
      const subject = await createSubject();
      const { client, server } = await connectedPair(subject);
      server.onEnded = () => server.connection.end();
      client.connection.end();
      await until(subject, "both are closed", () => client.isClosed() && server.isClosed());
      expect([client.events, server.events]).toEqual([
        ["ended", "closed"],
        ["ended", "closed"],
      ]);
    });
  });

  describe(`network of ${name}: failures`, () => {
    test("a peer that resets while it is sent to closes that connection once and no other", async () => {
      const subject = await createSubject();
      const { listener, accepted } = await listen(subject);
      const client = await connect(subject, listener.address);
      const other = await connect(subject, listener.address);
      await until(subject, "accepted", () => accepted.length === 2);
      const isClients = (recorder: Recorder): boolean =>
        recorder.connection.remote.port === client.connection.local.port;
      const server = accepted.find(isClients)!;
      const bystander = accepted.find((recorder) => !isClients(recorder))!;
      const chunk = patternBytes(1_000_000);
      const sendMore = (): void => {
        while (server.connection.send([chunk]));
      };
      server.onDrained = sendMore;
      // Unread bytes on the client's side make its close a reset.
      client.onReceived = () => client.connection.pause();
      sendMore();
      await until(subject, "the client has some", () => client.receivedBytes > 0);
      client.connection.reset();
      await until(subject, "the server knows", () => server.isClosed());
      await subject.pass(20);
      expect(server.events.filter((event) => event === "closed")).toEqual(["closed"]);
      expect(server.events.at(-1)).toBe("closed");
      expect(server.connection.queuedBytes()).toBe(0);
      expect(server.connection.send([chunk])).toBe(false);
      other.connection.send([textBytes("unharmed")]);
      await until(subject, "the other one works", () => bystander.text() === "unharmed");
    });

    for (const callback of ["onReceived", "onDrained", "onEnded"] as const) {
      test(`a handler that throws in ${callback} loses its own connection only, and the log says why`, async () => {
        const subject = await createSubject();
        const { listener, accepted } = await listen(subject);
        const client = await connect(subject, listener.address);
        const other = await connect(subject, listener.address);
        await until(subject, "accepted", () => accepted.length === 2);
        client[callback] = () => {
          throw new Error(`thrown in ${callback}`);
        };
        const peer = accepted.find(({ connection }) => connection.remote.port === client.connection.local.port)!;
        if (callback === "onReceived") peer.connection.send([textBytes("x")]);
        if (callback === "onEnded") peer.connection.end();
        if (callback === "onDrained") while (client.connection.send([patternBytes(1_000_000)]));
        await until(subject, "closed", () => client.isClosed());
        await until(subject, "the peer knows", () => peer.events.includes("ended") || peer.isClosed());
        expect(client.error?.message).toBe(`thrown in ${callback}`);
        const entries = subject.log.lines.filter(({ line }) => line.includes(`thrown in ${callback}`));
        expect(entries.map(({ level }) => level)).toEqual(["error"]);
        expect(entries[0]!.line).toContain(`127.0.0.1:${listener.address.port}`);
        const bystander = accepted.find((recorder) => recorder !== peer)!;
        other.connection.send([textBytes("unharmed")]);
        await until(subject, "the other one works", () => bystander.text() === "unharmed");
      });
    }

    test("a handler that throws while it accepts loses that connection, and the listener goes on", async () => {
      const subject = await createSubject();
      let isFirst = true;
      const { listener, accepted } = await listen(subject, () => {
        if (!isFirst) return;
        isFirst = false;
        throw new Error("thrown while accepting");
      });
      const refused = await connect(subject, listener.address);
      await until(subject, "the end arrived", () => refused.events.includes("ended") || refused.isClosed());
      const client = await connect(subject, listener.address);
      client.connection.send([textBytes("second try")]);
      await until(subject, "it arrived", () => accepted[1]?.text() === "second try");
      expect(subject.log.lines.filter(({ line }) => line.includes("thrown while accepting")).length).toBe(1);
    });
  });
}
