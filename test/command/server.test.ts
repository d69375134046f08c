import { describe, expect, test } from "vitest";
import { systemError } from "../../adapters/shared/system-error.ts";
import type { Broker } from "../../src/broker.ts";
import type { Runtime } from "../../src/runtime.ts";
import { MemoryTerminal } from "./memory-terminal.ts";
import { memoryRuntime, polylog } from "./running-command.ts";

const overrides = (...settings: string[]) => settings.flatMap((setting) => ["--override", setting]);

/** There is no controller to register with. */
const alone = `process.roles=broker
node.id=1
listeners=PLAINTEXT://127.0.0.1:0
controller.listener.names=CONTROLLER
controller.quorum.bootstrap.servers=127.0.0.1:1
log.dirs=/data
`;

function withFile(path: string, text: string): Runtime {
  const runtime = memoryRuntime();
  const file = runtime.files.open(path, "create");
  file.write(new TextEncoder().encode(text), 0);
  file.close();
  return runtime;
}

test("a broker runs until it is asked to stop, and a second signal changes nothing", async () => {
  const terminal = new MemoryTerminal();
  const running = polylog(["server", ...overrides("listeners=PLAINTEXT://127.0.0.1:0", "log.dirs=/data")], {
    terminal,
  });
  terminal.stop("SIGTERM");
  terminal.stop("SIGINT");
  expect(await running).toEqual({ exitCode: 0, output: "", errors: "" });
});

test("a stop that could not leave a log directory clean ends with another exit code", async () => {
  const runtime = memoryRuntime();
  const { open } = runtime.files;
  runtime.files.open = (path, mode) => {
    if (path.endsWith("/.kafka_cleanshutdown") && mode === "create") throw systemError("EIO", `open '${path}'`);
    return open.call(runtime.files, path, mode);
  };
  const terminal = new MemoryTerminal();
  terminal.stop("SIGTERM");
  const settings = overrides("listeners=PLAINTEXT://127.0.0.1:0", "log.dirs=/data");
  expect(await polylog(["server", ...settings], { terminal, runtime })).toMatchObject({ exitCode: 1 });
});

test("the environment configures, as in Apache Kafka's image", async () => {
  const runtime = memoryRuntime();
  const terminal = new MemoryTerminal("", {
    KAFKA_NODE_ID: "7",
    KAFKA_PROCESS_ROLES: "broker,controller",
    KAFKA_LISTENERS: "PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:0",
    KAFKA_CONTROLLER_LISTENER_NAMES: "CONTROLLER",
    KAFKA_CONTROLLER_QUORUM_VOTERS: "7@127.0.0.1:9093",
    KAFKA_LOG_DIRS: "/kafka",
    CLUSTER_ID: "5L6g3nShT-eMCtK--X86sw",
  });
  terminal.stop("SIGTERM");
  expect(await polylog(["server"], { terminal, runtime })).toMatchObject({ exitCode: 0, errors: "" });
  const file = runtime.files.open("/kafka/meta.properties", "read");
  const bytes = new Uint8Array(file.size());
  file.read(bytes, 0);
  file.close();
  const text = new TextDecoder().decode(bytes);
  expect(text).toContain("cluster.id=5L6g3nShT-eMCtK--X86sw");
  expect(text).toContain("node.id=7");
});

test("a key that is ignored is named with the variable it comes from", async () => {
  const runtime = memoryRuntime();
  const lines: string[] = [];
  runtime.log.write = (level, line) => void lines.push(`${level} ${line}`);
  const terminal = new MemoryTerminal("", { KAFKA_HOME: "/opt/kafka" });
  terminal.stop("SIGTERM");
  await polylog(["server", ...overrides("listeners=PLAINTEXT://127.0.0.1:0", "log.dirs=/data")], { terminal, runtime });
  expect(lines).toContain("warn home (KAFKA_HOME) is set and ignored: there is no such key.");
});

test("a system that allows few open files is warned of, before it is a client that finds out", async () => {
  const warningsWith = async (openFilesLimit: number | undefined) => {
    const runtime = memoryRuntime();
    const { usage } = runtime;
    runtime.usage = () => ({ ...usage(), openFilesLimit });
    const lines: string[] = [];
    runtime.log.write = (level, line) => void (level === "warn" && lines.push(line));
    const terminal = new MemoryTerminal();
    terminal.stop("SIGTERM");
    const settings = overrides("listeners=PLAINTEXT://127.0.0.1:0", "log.dirs=/data");
    await polylog(["server", ...settings], { terminal, runtime });
    return lines.filter((line) => line.includes("ulimit -n"));
  };
  expect(await warningsWith(256)).toEqual([expect.stringContaining("lets this process have 256 files open")]);
  expect(await warningsWith(65_536)).toEqual([]);
  expect(await warningsWith(undefined)).toEqual([]);
});

test("a directory of another cluster than CLUSTER_ID says is refused, as by Apache Kafka's image", async () => {
  const runtime = memoryRuntime();
  const start = (clusterId: string) => {
    const terminal = new MemoryTerminal("", { CLUSTER_ID: clusterId });
    terminal.stop("SIGTERM");
    const settings = overrides("listeners=PLAINTEXT://127.0.0.1:0", "log.dirs=/data");
    return polylog(["server", ...settings], { terminal, runtime });
  };
  expect(await start("5L6g3nShT-eMCtK--X86sw")).toMatchObject({ exitCode: 0 });
  expect(await start("4L6g3nShT-eMCtK--X86sw")).toEqual({
    exitCode: 1,
    output: "",
    errors:
      "polylog server: Invalid cluster.id in: /data/meta.properties. " +
      "Expected 4L6g3nShT-eMCtK--X86sw, but read 5L6g3nShT-eMCtK--X86sw\n",
  });
  expect(await start("5L6g3nShT-eMCtK--X86sw")).toMatchObject({ exitCode: 0 });
});

describe("a start that takes long", () => {
  test("answers for its health meanwhile, and is stopped all the same", async () => {
    const runtime = withFile("/server.properties", alone);
    await polylog(["storage", "format", "-t", "5L6g3nShT-eMCtK--X86sw", "-c", "/server.properties"], { runtime });
    const terminal = new MemoryTerminal();
    const served = Promise.withResolvers<Broker>();
    let isStopped = false;
    const serveHttp = (_runtime: unknown, broker: Broker) => {
      served.resolve(broker);
      return Promise.resolve(async () => {
        isStopped = true;
      });
    };
    const running = polylog(["server", "/server.properties"], { runtime, terminal, serveHttp });
    const broker = await served.promise;
    expect([broker.isReady, broker.nodeId]).toEqual([false, 1]);
    terminal.stop("SIGTERM");
    expect(await running).toEqual({ exitCode: 0, output: "", errors: "" });
    expect(isStopped).toBe(true);
    // The start itself would take a minute.
  }, 50_000);
});

describe("what can't be used is said before anything starts", () => {
  test("all bad values at once, each with the place where it stands", async () => {
    const runtime = withFile("/server.properties", `# mine\n${alone}log.roll.hours=soon\n`);
    const terminal = new MemoryTerminal("", { KAFKA_LOG_SEGMENT_BYTES: "x" });
    const args = ["server", "/server.properties", ...overrides("num.partitions=0")];
    const { exitCode, errors } = await polylog(args, { runtime, terminal });
    expect(exitCode).toBe(1);
    expect(errors.split("\n").sort()).toEqual([
      "",
      "  - Invalid value 0 for configuration num.partitions: Value must be at least 1 (--override)",
      "  - Invalid value soon for configuration log.roll.hours: Not a number of type INT (/server.properties, line 8)",
      "  - Invalid value x for configuration log.segment.bytes: Not a number of type INT (KAFKA_LOG_SEGMENT_BYTES)",
      "The configuration can't be used:",
    ]);
  });

  test("all that does not fit together at once", async () => {
    const settings = ["log.retention.ms=0", "listeners=SSL://127.0.0.1:0", "polylog.http.listeners=localhost"];
    const { errors } = await polylog(["server", ...overrides(...settings)]);
    expect(errors).toContain("  - log.retention.ms is 0 and must be unlimited (-1)");
    expect(errors).toContain("  - Listener SSL speaks SSL, which this version does not support yet");
    expect(errors).toContain("  - Invalid value localhost for configuration polylog.http.listeners");
  });

  test("a file that is not there", async () => {
    expect(await polylog(["server", "/nowhere.properties"])).toMatchObject({
      exitCode: 1,
      errors: expect.stringContaining("/nowhere.properties: there is no such file"),
    });
  });

  test("a file without the keys that Kafka requires", async () => {
    const runtime = withFile("/server.properties", "log.dirs=/data\n");
    const { errors } = await polylog(["server", "/server.properties"], { runtime });
    expect(errors).toContain('Missing required configuration "process.roles"');
    expect(errors).toContain('Missing required configuration "node.id"');
  });

  test("zero copy that is demanded where it can't be had", async () => {
    const { exitCode, errors } = await polylog([
      "server",
      ...overrides("listeners=PLAINTEXT://127.0.0.1:0", "log.dirs=/data", "polylog.zero.copy=on"),
    ]);
    expect(exitCode).toBe(1);
    expect(errors).toContain("polylog.zero.copy is on, and is not possible: the files are in memory. Set it to auto.");
  });

  test("a port that is taken", async () => {
    const runtime = memoryRuntime();
    const handler = { received() {}, drained() {}, ended() {}, closed() {} };
    const taken = await runtime.network.listen({ host: "127.0.0.1", port: 0 }, {}, () => handler);
    const { exitCode, errors } = await polylog(
      ["server", ...overrides(`listeners=PLAINTEXT://127.0.0.1:${taken.address.port}`, "log.dirs=/data")],
      { runtime },
    );
    await taken.close();
    expect(exitCode).toBe(1);
    expect(errors).toContain(
      `polylog server: listeners: can't listen on PLAINTEXT://127.0.0.1:${taken.address.port}: `,
    );
    expect(errors).toMatch(
      /Another process listens there already: stop it, or choose another port with --override listeners/,
    );
  });

  test("an address that this machine does not have", async () => {
    // Of a network that is for documentation (RFC 5737).
    const settings = overrides("listeners=PLAINTEXT://192.0.2.1:0", "log.dirs=/data");
    expect((await polylog(["server", ...settings])).errors).toMatch(
      /^polylog server: listeners: can't listen on PLAINTEXT:\/\/192\.0\.2\.1:0: .* This machine has no such address: listeners takes/,
    );
  });

  test("a log directory that this user may not make", async () => {
    const runtime = memoryRuntime();
    runtime.files.makeDirectory = (path) => {
      throw systemError("EACCES", `mkdir '${path}'`);
    };
    const settings = overrides("listeners=PLAINTEXT://127.0.0.1:0", "log.dirs=/data");
    expect((await polylog(["server", ...settings], { runtime })).errors).toMatch(
      /^polylog server: Log directory \/data can't be made: EACCES.* The user that runs this may not do that: give it the right/,
    );
  });

  test("a log directory that can't be made, or is somebody else's", async () => {
    const runtime = withFile("/file", "");
    const start = (directory: string) =>
      polylog(["server", ...overrides("listeners=PLAINTEXT://127.0.0.1:0", `log.dirs=${directory}`)], { runtime });
    expect((await start("/file/data")).errors).toMatch(/^polylog server: Log directory \/file\/data can't be made: E/);
    runtime.files.makeDirectory("/other");
    runtime.files.open("/other/file", "create").close();
    expect((await start("/other")).errors).toMatch(
      /^polylog server: No meta\.properties in \/other, but there are files/,
    );
  });
});
