import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { freePorts } from "../clients/broker-under-test.ts";

/** The command as a process of its own, on the runtime that runs this test. */
const runtime = process.env.POLYLOG_TEST_RUNTIME ?? "node";
const root = resolve(import.meta.dirname, "../..");
const program = join(root, "node_modules/.bin", runtime);
const prefix = runtime === "deno" ? ["run", "--allow-all", "--quiet"] : [];
const script = join(root, "adapters", runtime, "polylog.ts");

const ANY_PORT = "listeners=PLAINTEXT://127.0.0.1:0";

const children: ChildProcess[] = [];
const directories: string[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

class Running {
  output = "";
  errors = "";
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;

  /** What it writes to `output` instead of a pipe is not seen here. */
  constructor(
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
    output?: number,
    wrapper: readonly string[] = [],
  ) {
    const [first, ...rest] = [...wrapper, program, ...prefix, script, ...args];
    this.child = spawn(first!, rest, {
      env: { ...process.env, ...environment },
      stdio: ["pipe", output ?? "pipe", "pipe"],
    });
    children.push(this.child);
    this.child.stdout?.on("data", (chunk) => {
      this.output += chunk;
    });
    this.child.stderr!.on("data", (chunk) => {
      this.errors += chunk;
    });
    this.exited = new Promise((resolve) => this.child.on("close", resolve));
  }

  /** By its number: Deno's child_process reports a child that was sent a signal as killed by it, whatever it does then. */
  signal(name: "SIGTERM" | "SIGINT" | "SIGHUP"): void {
    process.kill(this.child.pid!, name);
  }

  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.output);
      if (match !== null) return match;
      if (this.child.exitCode !== null) throw new Error(`It ended without ${pattern}:\n${this.output}\n${this.errors}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

function startServer(overrides: readonly string[] = [ANY_PORT], output?: number, wrapper?: readonly string[]): Running {
  const directory = mkdtempSync(join(tmpdir(), "polylog-command-"));
  directories.push(directory);
  const settings = [`log.dirs=${directory}/data`, ...overrides];
  return new Running(["server", ...settings.flatMap((setting) => ["--override", setting])], {}, output, wrapper);
}

async function runToEnd(args: readonly string[], input = ""): Promise<Running> {
  const running = new Running(args);
  running.child.stdin!.end(input);
  await running.exited;
  return running;
}

test("a server serves clients, health and metrics, and stops cleanly on SIGTERM, twice or once", async () => {
  const server = startServer([ANY_PORT, "polylog.http.listeners=http://127.0.0.1:0"]);
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

describe("a server whose log can't be written", () => {
  test("as nobody reads it any more, serves on and stops cleanly", async () => {
    const server = startServer();
    const [, address = ""] = await server.says(/is ready at (127\.0\.0\.1:\d+)/);
    server.child.stdout!.destroy();
    expect((await runToEnd(["topic", "create", "unread", "-b", address])).child.exitCode).toBe(0);
    server.signal("SIGTERM");
    expect(await server.exited).toBe(0);
    expect(existsSync(join(directories[0]!, "data/.kafka_cleanshutdown"))).toBe(true);
  });

  test.runIf(existsSync("/dev/full"))("as its disk is full, serves all the same", async () => {
    const [port] = (await freePorts(1)) as [number];
    const full = openSync("/dev/full", "w");
    const server = startServer([`listeners=PLAINTEXT://127.0.0.1:${port}`], full);
    closeSync(full);
    let listed: Running;
    do listed = await runToEnd(["topic", "list", "-b", `127.0.0.1:${port}`]);
    while (listed.child.exitCode !== 0 && server.child.exitCode === null);
    server.signal("SIGTERM");
    expect(await server.exited).toBe(0);
  });
});

test("a terminal that is closed stops a server cleanly", async () => {
  const server = startServer();
  await server.says(/is ready at /);
  server.signal("SIGHUP");
  expect(await server.exited).toBe(0);
  expect(server.output).toContain("Stopping on SIGHUP");
});

// The other runtimes end that themselves.
test.runIf(runtime === "bun")("under nohup a server stays when the terminal is closed", async () => {
  const server = startServer([ANY_PORT], undefined, ["sh", "-c", 'trap "" HUP; exec "$@"', "nohup"]);
  const [, address = ""] = await server.says(/is ready at (127\.0\.0\.1:\d+)/);
  server.signal("SIGHUP");
  expect((await runToEnd(["topic", "list", "-b", address])).child.exitCode).toBe(0);
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
  const server = new Running(["server", "/nowhere.properties"], { KAFKA_LOG4J_ROOT_LOGLEVEL: "Loud" });
  await server.exited;
  expect(server.errors).toMatch(
    / WARN KAFKA_LOG4J_ROOT_LOGLEVEL is LOUD: use one of TRACE, DEBUG, INFO, WARN, ERROR, FATAL\n/,
  );
});

test("an HTTP port that is taken stops the start, and is named with its key", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const { port } = taken.address() as { port: number };
  const server = startServer([ANY_PORT, `polylog.http.listeners=http://127.0.0.1:${port}`]);
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
