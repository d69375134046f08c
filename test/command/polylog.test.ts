import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Broker } from "../../src/broker.ts";
import { VERSION } from "../../src/client/software.ts";
import { polylog, startMemoryBroker } from "./running-command.ts";

describe("without a broker", () => {
  test("help of everything and of one command, and no command at all", async () => {
    expect(await polylog(["--help"])).toMatchObject({ exitCode: 0, output: expect.stringContaining("topic create") });
    expect(await polylog(["consume", "-h"])).toMatchObject({
      exitCode: 0,
      output: expect.stringContaining("Usage: polylog consume TOPIC"),
    });
    expect(await polylog([])).toMatchObject({
      exitCode: 2,
      output: "",
      errors: expect.stringContaining("Usage: polylog COMMAND"),
    });
  });

  test("help of a group of commands", async () => {
    const { exitCode, output } = await polylog(["topic", "--help"]);
    expect(exitCode).toBe(0);
    expect(output).toMatch(/^Usage: polylog topic COMMAND \[OPTION\]/);
    expect(output).toContain("topic describe");
    expect(output).not.toContain("log dump");
    expect(output).toContain("polylog topic COMMAND --help says more");
  });

  test("help of a command, asked for in the other order, and the version", async () => {
    const { exitCode, output } = await polylog(["help", "topic", "create"]);
    expect([exitCode, output]).toEqual([0, (await polylog(["topic", "create", "--help"])).output]);
    expect((await polylog(["help", "topic"])).output).toMatch(/^Usage: polylog topic COMMAND/);
    expect(await polylog(["--version"])).toEqual({ exitCode: 0, output: `polylog ${VERSION}\n`, errors: "" });
  });

  test("every command of the overview has a help that starts with its name", async () => {
    const { output } = await polylog(["--help"]);
    const names = [...output.matchAll(/^ {2}(\w+(?: [\w-]+)?) {2,}/gm)].map(([, name]) => name!);
    expect(names.length).toBeGreaterThan(8);
    for (const name of names) {
      const help = await polylog([...name.split(" "), "--help"]);
      expect(help.output, name).toMatch(new RegExp(`^Usage: polylog ${name}\\b`));
    }
  });

  test("a command that is none is named", async () => {
    expect(await polylog(["topics", "list"])).toMatchObject({
      exitCode: 2,
      errors: expect.stringContaining("there is no command 'topics list'"),
    });
  });

  test("what was probably meant is named", async () => {
    const meant = async (...args: string[]) => /Did you mean .*/.exec((await polylog(args)).errors)?.[0];
    expect(await meant("topics", "list")).toBe("Did you mean 'topic list'?");
    expect(await meant("topic", "lst")).toBe("Did you mean 'topic list'?");
    expect(await meant("consme", "greetings")).toBe("Did you mean 'consume'?");
    expect(await meant("groups")).toBe("Did you mean 'group'?");
    expect(await meant("topic", "create", "t", "--partition", "3")).toBe("Did you mean --partitions?");
    expect(await meant("nonsense")).toBeUndefined();
    expect((await polylog(["-b", "127.0.0.1:1", "topic", "list"])).errors).toMatch(
      /^polylog: options come behind the command, as in polylog topic list -b\n/,
    );
    expect((await polylog(["topics", "list"])).errors).toBe(
      "polylog: there is no command 'topics list'. Did you mean 'topic list'?\nSee polylog --help\n",
    );
  });

  test("a mistake in the options says where to read more", async () => {
    const { exitCode, errors } = await polylog(["consume", "t", "--beginning"]);
    expect([exitCode, errors]).toEqual([
      2,
      "polylog consume: Unknown option --beginning\nSee polylog consume --help\n",
    ]);
  });

  test("nobody listens: what to start, and how to say where", async () => {
    const { exitCode, errors } = await polylog(["topic", "list", "-b", "127.0.0.1:1"]);
    expect(exitCode).toBe(1);
    expect(errors).toMatch(/Can't connect to 127\.0\.0\.1:1: ECONNREFUSED.*polylog server.*--bootstrap-server/);
  });

  test("an address that is none", async () => {
    expect((await polylog(["topic", "list", "-b", "nowhere"])).errors).toContain("'nowhere' is not HOST:PORT");
  });
});

describe("with a broker", () => {
  let broker: Broker;
  beforeAll(async () => {
    broker = await startMemoryBroker();
  });
  afterAll(() => broker.close());

  const run = (args: readonly string[], input?: string) => polylog([...args, "-b", broker.bootstrapServers], { input });
  const read = (topic: string, ...args: string[]) =>
    run(["consume", topic, "--from-beginning", "--exit-at-end", ...args]);

  test("a listener of controllers is not one of brokers", async () => {
    const { port } = broker.listeners.get("CONTROLLER")!;
    const { errors } = await polylog(["topic", "list", "-b", `127.0.0.1:${port}`]);
    expect(errors).toContain("does not serve Metadata. Is that a listener of brokers? Those of controllers serve less");
  });

  test("a topic is created, listed, described and deleted", async () => {
    expect(await run(["topic", "create", "orders", "-p", "3", "-c", "segment.bytes=2000000"])).toEqual({
      exitCode: 0,
      output: "Created topic orders with 3 partitions\n",
      errors: "",
    });
    expect((await run(["topic", "list"])).output.split("\n")).toContain("orders");
    const described = (await run(["topic", "describe", "orders"])).output;
    expect(described).toMatch(
      /^Topic: orders\tTopicId: [\w-]{22}\tPartitionCount: 3\tReplicationFactor: 1\tConfigs: segment.bytes=2000000\n/,
    );
    expect(described.match(/Partition: \d+\tLeader: 1\tReplicas: 1\tIsr: 1/g)).toHaveLength(3);
    expect((await run(["topic", "delete", "orders"])).output).toBe("Deleted topic orders\n");
    expect((await run(["topic", "list"])).output.split("\n")).not.toContain("orders");
  });

  test("a topic gets more partitions and other settings, all of it or nothing", async () => {
    await run(["topic", "create", "altered", "-c", "segment.bytes=2000000"]);
    const alter = (...args: string[]) => run(["topic", "alter", "altered", ...args]);
    const own = async () => /PartitionCount: .*/.exec((await run(["topic", "describe", "altered"])).output)![0];
    const before = "PartitionCount: 1\tReplicationFactor: 1\tConfigs: segment.bytes=2000000";

    expect(await alter("--partitions", "3", "--dry-run")).toMatchObject({
      exitCode: 0,
      output: "Nothing has changed: topic altered could be altered so\n",
    });
    expect(await alter("-c", "retention.ms=60000", "--partitions", "1")).toMatchObject({
      exitCode: 1,
      errors: expect.stringContaining("INVALID_PARTITIONS"),
    });
    expect(await alter("-c", "retention.ms=soon")).toMatchObject({
      exitCode: 1,
      errors: expect.stringContaining("INVALID_CONFIG"),
    });
    expect(await own()).toBe(before);

    expect(await alter("-p", "3", "-c", "retention.ms=60000", "--delete-config", "segment.bytes")).toEqual({
      exitCode: 0,
      output: "Altered topic altered: it has 3 partitions now, retention.ms=60000, segment.bytes is taken away\n",
      errors: "",
    });
    expect(await own()).toBe("PartitionCount: 3\tReplicationFactor: 1\tConfigs: retention.ms=60000");
    expect(await alter()).toMatchObject({ exitCode: 2, errors: expect.stringContaining("Nothing to change") });
    expect(await run(["topic", "alter", "none", "-p", "2"])).toMatchObject({
      exitCode: 1,
      errors: expect.stringContaining("UNKNOWN_TOPIC_OR_PARTITION: there is no such topic"),
    });
  });

  test("all settings of a topic, or some of them, with where they come from", async () => {
    await run(["topic", "create", "configured", "-c", "retention.ms=60000"]);
    const { output } = await run(["topic", "config", "configured"]);
    expect(output).toMatch(/^KEY +VALUE +FROM\ncleanup\.policy +delete +default\n/);
    expect(output).toMatch(/^retention\.ms +60000 +topic$/m);
    expect(await run(["topic", "config", "configured", "retention.ms", "retention.mss"])).toEqual({
      exitCode: 1,
      output: "KEY           VALUE  FROM\nretention.ms  60000  topic\n",
      errors: "polylog topic config: there is no setting retention.mss\n",
    });
    expect((await run(["topic", "config", "none"])).errors).toContain("there is no such topic");
  });

  test("partitions that want something are shown alone, and there are none", async () => {
    await run(["topic", "create", "healthy"]);
    const { exitCode, output } = await run(["topic", "describe", "--under-replicated", "--unavailable"]);
    expect([exitCode, output]).toEqual([0, ""]);
  });

  test("what the broker refuses is told with Kafka's name for it", async () => {
    await run(["topic", "create", "twice"]);
    expect(await run(["topic", "create", "twice"])).toMatchObject({
      exitCode: 1,
      errors: expect.stringMatching(/TOPIC_ALREADY_EXISTS: Topic 'twice' already exists/),
    });
    expect(await run(["topic", "create", "twice", "--if-not-exists"])).toMatchObject({ exitCode: 0 });
    expect((await run(["topic", "create", "odd", "-c", "segment.bytes=x"])).errors).toContain(
      "INVALID_CONFIG: Invalid value x for configuration segment.bytes",
    );
    expect(await run(["topic", "delete", "gone"])).toMatchObject({
      exitCode: 1,
      errors: expect.stringContaining("UNKNOWN_TOPIC_OR_PARTITION"),
    });
    expect(await run(["topic", "delete", "gone", "--if-exists"])).toMatchObject({ exitCode: 0, errors: "" });
    expect((await run(["consume", "gone", "-e"])).errors).toContain(
      "there is no such topic. Create it with 'polylog topic create'",
    );
  });

  test("lines come out as they went in, in order", async () => {
    const lines = Array.from({ length: 5000 }, (_, index) => `line ${index} ${"ü".repeat(index % 50)}`);
    await run(["topic", "create", "lines"]);
    expect(await run(["produce", "lines"], lines.join("\n"))).toEqual({ exitCode: 0, output: "", errors: "" });
    expect((await read("lines")).output).toBe(`${lines.join("\n")}\n`);
  });

  test.each(["gzip", "snappy", "lz4", "zstd"])("compressed with %s too", async (codec) => {
    const text = "the same again\n".repeat(500);
    await run(["produce", `with-${codec}`, "-z", codec], text);
    expect((await read(`with-${codec}`)).output).toBe(text);
  });

  test("keys, headers, tombstones, partitions and offsets", async () => {
    await run(["topic", "create", "fields", "-p", "2"]);
    await run(
      ["produce", "fields", "-K", ":", "-H", "a=b", "-H", "c=d", "-Z", "NULL", "-p", "1"],
      "k1:v1\nk2:NULL\n:empty\n",
    );
    const { output } = await read("fields", "--print", "partition,offset,headers,key,value", "-Z", "-");
    expect(output).toBe("1\t0\ta=b,c=d\tk1\tv1\n1\t1\ta=b,c=d\tk2\t-\n1\t2\ta=b,c=d\t\tempty\n");
    expect((await read("fields", "-K", "=>")).output).toBe("k1=>v1\nk2=>null\n=>empty\n");
  });

  test("records of one key stay together, those without a key find a partition", async () => {
    await run(["topic", "create", "keyed", "-p", "4"]);
    const keys = Array.from({ length: 400 }, (_, index) => `key${index % 20}`);
    await run(["produce", "keyed", "-K", ":"], keys.map((key) => `${key}:x`).join("\n"));
    const lines = (await read("keyed", "--print", "key,partition")).output.trim().split("\n");
    expect(lines).toHaveLength(400);
    expect(new Set(lines).size).toBe(20);
    await run(["topic", "create", "unkeyed", "-p", "4"]);
    await run(["produce", "unkeyed"], "x\n".repeat(100));
    expect((await read("unkeyed")).output).toBe("x\n".repeat(100));
  });

  test("reading starts and stops where it is told to", async () => {
    await run(["produce", "range"], Array.from({ length: 100 }, (_, index) => `${index}`).join("\n"));
    const from = async (...args: string[]) =>
      (await run(["consume", "range", ...args])).output.trim().split("\n").map(Number);
    expect(await from("-o", "97", "-e")).toEqual([97, 98, 99]);
    expect(await from("-o", "-2", "-e")).toEqual([98, 99]);
    expect(await from("-B", "-n", "3")).toEqual([0, 1, 2]);
    expect(await from("-o", "@0", "-n", "1")).toEqual([0]);
    expect((await run(["consume", "range", "-o", "end", "-e"])).output).toBe("");
    expect((await run(["consume", "range", "-o", "500", "-e", "--timeout-ms", "100"])).output).toBe("");
    expect(await run(["consume", "range", "-p", "7"])).toMatchObject({
      exitCode: 1,
      errors: expect.stringContaining("Topic range has partitions 0 to 0"),
    });
  });

  test("an offset that is not there is told with those that are", async () => {
    await run(["topic", "create", "short"]);
    const read = () => run(["consume", "short", "-o", "7", "-n", "1"]);
    expect((await read()).errors).toContain("Partition 0 has no offset 7: it is empty, and goes on at 0.");
    await run(["produce", "short"], "a\nb\n");
    expect((await read()).errors).toContain("Partition 0 has no offset 7: it has 0 to 1.");
  });

  test("a number that is too large is a mistake in the options", async () => {
    for (const [option, most] of [
      ["--partitions", "2147483647"],
      ["--replication-factor", "32767"],
    ] as const) {
      const { exitCode, errors } = await run(["topic", "create", "large", option, "99999999999"]);
      expect([exitCode, errors]).toEqual([
        2,
        `polylog topic create: ${option} is ${most} at most, not '99999999999'\nSee polylog topic create --help\n`,
      ]);
    }
    const { errors } = await run(["consume", "t", "-o", "99999999999999999999"]);
    expect(errors).toContain("--offset is a number, -N, @MS, beginning or end, not '99999999999999999999'");
  });

  test("reading without an end sees what comes later, and stops when asked", async () => {
    await run(["topic", "create", "later"]);
    const consuming = run(["consume", "later", "-B", "-n", "2"]);
    await run(["produce", "later"], "one\n");
    await run(["produce", "later"], "two\n");
    expect(await consuming).toEqual({ exitCode: 0, output: "one\ntwo\n", errors: "" });
  });

  test("a line without the key it should have is named by its number", async () => {
    const { exitCode, errors } = await run(["produce", "lines", "-K", ":"], "a:1\nb\n");
    expect([exitCode, errors]).toEqual([1, "polylog produce: Line 2 has no ':' after its key\n"]);
  });

  test("acks=0 and acks=1 are taken too", async () => {
    for (const acks of ["0", "1"]) {
      await run(["topic", "create", `acks${acks}`]);
      await run(["produce", `acks${acks}`, "--acks", acks], "x\n");
      expect((await run(["consume", `acks${acks}`, "-B", "-n", "1"])).output).toBe("x\n");
    }
  });
});
