import { createServer } from "node:net";
import { expect, test } from "vitest";
import { Running, runToEnd, runtime, startServer } from "./running-process.ts";

test("a server serves clients, health and metrics, and stops cleanly on SIGTERM, twice or once", async () => {
  const server = startServer({ "polylog.http.listeners": "http://127.0.0.1:0" });
  const [, address = ""] = await server.says(/is ready at (127\.0\.0\.1:\d+)/);
  const [, http = ""] = await server.says(/on (http:\/\/127\.0\.0\.1:\d+)\/metrics/);
  const text = "first\nsecond\n";
  expect((await runToEnd(["produce", "greetings", "-b", address], text)).errors).toBe("");
  expect((await runToEnd(["consume", "greetings", "-B", "-e", "-b", address])).output).toBe(text);
  // The connection is kept alive, and must not hold the stop up.
  expect(await (await fetch(`${http}/readyz`)).text()).toBe("ready\n");
  expect(await (await fetch(`${http}/metrics`)).text()).toContain(`runtime="${runtime}"`);
  server.signal("SIGTERM");
  server.signal("SIGTERM");
  expect(await server.exited).toBe(0);
  expect(server.output).toContain("Stopping on SIGTERM");
});

test("what is typed at Ctrl-C ends a consumer that waits", async () => {
  const server = startServer();
  const [, address = ""] = await server.says(/is ready at (127\.0\.0\.1:\d+)/);
  await runToEnd(["produce", "waiting", "-b", address], "one\n");
  const consumer = new Running(["consume", "waiting", "-B", "-b", address]);
  await consumer.says(/one\n/);
  consumer.signal("SIGINT");
  expect(await consumer.exited).toBe(0);
  server.signal("SIGINT");
  expect(await server.exited).toBe(0);
});

test("a level of the log that is none is named with those that there are", async () => {
  const server = new Running(["server", "/nowhere.properties"], {
    environment: { KAFKA_LOG4J_ROOT_LOGLEVEL: "Loud" },
  });
  await server.exited;
  expect(server.errors).toMatch(
    / WARN KAFKA_LOG4J_ROOT_LOGLEVEL is LOUD: use one of TRACE, DEBUG, INFO, WARN, ERROR, FATAL\n/,
  );
});

test("an HTTP port that is taken stops the start, and is named with its key", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const { port } = taken.address() as { port: number };
  const server = startServer({ "polylog.http.listeners": `http://127.0.0.1:${port}` });
  expect(await server.exited).toBe(1);
  taken.close();
  expect(server.errors).toContain(
    `polylog.http.listeners: can't listen on http://127.0.0.1:${port}: another process listens there already`,
  );
});

test("help is written without a runtime's warnings, and a mistake has exit code 2", async () => {
  const help = await runToEnd(["--help"]);
  expect([help.child.exitCode, help.errors]).toEqual([0, ""]);
  expect(help.output).toMatch(/^Usage: polylog COMMAND/);
  expect((await runToEnd(["nonsense"])).child.exitCode).toBe(2);
});
