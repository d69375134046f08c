import { describe, expect, onTestFinished, test } from "vitest";
import { PATIENCE_MS } from "../patience.ts";
import { bundledNode, Child } from "./child.ts";
import { type CreateSubject, connect, differsAt, patternBytes, Recorder, until } from "./subject.ts";

/** Attempts to connect after one that nobody has answered, which some runtimes make in another way. */
export function silentAddressSuite(name: string, createSubject: CreateSubject): void {
  describe(`network of ${name}: where nobody answers`, () => {
    test("an address where nobody has answered is connected to once somebody does", async () => {
      const subject = await createSubject();
      const { network } = subject.runtime;
      const silent = new Child("silent-listener.mjs", [], bundledNode);
      const address = { host: "127.0.0.1", port: Number(await silent.line()) };
      await silent.stopped();
      const attempt = (timeoutMs: number) => network.connect(address, { timeoutMs }, () => new Recorder(null as never));
      for (let count = 0; count < 2; count++) await expect(attempt(50)).rejects.toMatchObject({ code: "ETIMEDOUT" });
      await silent.kill();
      await expect(attempt(PATIENCE_MS)).rejects.toMatchObject({ code: "ECONNREFUSED" });

      const accepted: Recorder[] = [];
      const listener = await network.listen(address, {}, (connection) => {
        const server = new Recorder(connection);
        server.onEnded = () => connection.end();
        server.onReceived = (chunk) => connection.send([chunk.slice()]);
        accepted.push(server);
        return server;
      });
      onTestFinished(() => listener.close());
      for (let count = 0; count < 2; count++) {
        const client = await connect(subject, address);
        const bytes = patternBytes(1_000_000, count);
        client.connection.send([bytes]);
        await until(subject, "it has come back", () => client.receivedBytes === bytes.length);
        client.connection.end();
        await until(subject, "closed", () => client.isClosed());
        expect(differsAt(client.bytes(), bytes)).toBeUndefined();
        expect(client.events.filter((event) => event !== "drained")).toEqual(["received", "ended", "closed"]);
        expect(client.error).toBeUndefined();
      }
      await until(subject, "the other ends are closed", () => accepted.every((server) => server.isClosed()));
    });
  });
}
