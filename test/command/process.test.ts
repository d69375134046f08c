import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, expect, test } from "vitest";

/** The command as a process of its own, on the runtime that runs this test. */
const runtime = process.env.POLYLOG_TEST_RUNTIME ?? "node";
const root = resolve(import.meta.dirname, "../..");
const program = join(root, "node_modules/.bin", runtime);
const prefix = runtime === "deno" ? ["run", "--allow-all", "--quiet"] : [];
const script = join(root, "adapters", runtime, "polylog.ts");

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

  constructor(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    this.child = spawn(program, [...prefix, script, ...args], { env: { ...process.env, ...environment } });
    children.push(this.child);
    this.child.stdout!.on("data", (chunk) => {
      this.output += chunk;
    });
    this.child.stderr!.on("data", (chunk) => {
      this.errors += chunk;
    });
    this.exited = new Promise((resolve) => this.child.on("close", resolve));
  }

  /** By its number: Deno's child_process reports a child that was sent a signal as killed by it, whatever it does then. */
  signal(name: "SIGTERM" | "SIGINT"): void {
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

function startServer(...overrides: string[]): Running {
  const directory = mkdtempSync(join(tmpdir(), "polylog-command-"));
  directories.push(directory);
  const settings = ["listeners=PLAINTEXT://127.0.0.1:0", `log.dirs=${directory}/data`, ...overrides];
  return new Running(["server", ...settings.flatMap((setting) => ["--override", setting])]);
}

async function runToEnd(args: readonly string[], input = ""): Promise<Running> {
  const running = new Running(args);
  running.child.stdin!.end(input);
  await running.exited;
  return running;
}

test("a server serves clients, health and metrics, and stops cleanly on SIGTERM, twice or once", async () => {
  const server = startServer("polylog.http.listeners=http://127.0.0.1:0");
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
  const server = startServer(`polylog.http.listeners=http://127.0.0.1:${port}`);
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
