import { beforeAll, describe, expect, test } from "vitest";
import type { Runtime } from "../../src/runtime.ts";
import { FailingFiles } from "../log/failing-files.ts";
import { memoryRuntime, polylog, startMemoryBroker } from "./running-command.ts";

const ORDERS = "/data/orders-0";
const SEGMENT = `${ORDERS}/00000000000000000000.log`;

let runtime: Runtime;

/** A directory that a broker has written: records of a client, a group that has read them, metadata. */
beforeAll(async () => {
  runtime = memoryRuntime();
  const broker = await startMemoryBroker(runtime);
  const client = ["-b", broker.bootstrapServers];
  await polylog(["topic", "create", "orders", ...client, "-p", "1"]);
  await polylog(["produce", "orders", ...client, "--key-separator", ":"], {
    input: `k1:one\nk2:${"long ".repeat(100)}\nk3:\u0001\u0002\n`,
  });
  await broker.close();
});

const lines = (output: string) => output.trimEnd().split("\n");
const objects = (output: string) => lines(output).map((line) => JSON.parse(line) as Record<string, unknown>);
const log = (...args: string[]) => polylog(["log", ...args], { runtime });

describe("log dump", () => {
  test("prints the batches of a segment as a table, and their records when asked", async () => {
    const { exitCode, output } = await log("dump", SEGMENT);
    expect(exitCode).toBe(0);
    const [file, head, ...batches] = lines(output);
    expect(file).toMatch(new RegExp(`^${SEGMENT}: segment, [\\d,]+ bytes$`));
    expect(head).toMatch(/^ {2}OFFSETS +RECORDS +POSITION +BYTES +EPOCH +CODEC +MAX TIMESTAMP +PRODUCER$/);
    expect(batches.join("\n")).toMatch(/^ {2}0\.\.\d+ +\d+ +0 +\d+ +\d+ none +\d{4}-\d\d-\d\dT[\d:.]+Z/);
    const records = lines((await log("dump", "-r", SEGMENT)).output).filter((line) => line.startsWith("      "));
    expect(records).toEqual([
      expect.stringMatching(/^ {6}0 {2}\d{4}-.*Z {2}"k1": "one"$/),
      expect.stringMatching(/^ {6}1 .* "k2": "long long .*… \(502 characters\)$/),
      expect.stringMatching(/^ {6}2 .* "k3": 0x0102$/),
    ]);
    expect((await log("dump", "-r", "--full", SEGMENT)).output).toContain(`"${"long ".repeat(100)}"`);
  });

  test("prints JSON with Kafka's names for programs, bytes that are no text in base64", async () => {
    const [file, batch, ...records] = objects(
      (await log("dump", "-r", "--json", "--max-batches", "1", SEGMENT)).output,
    );
    expect(file).toMatchObject({ type: "file", path: SEGMENT, kind: "segment", offset: 0 });
    expect(batch).toMatchObject({
      ...{ type: "batch", position: 0, baseOffset: 0, compression: "none", timestampType: "CreateTime" },
      ...{ isValid: true, isControl: false, isTransactional: false, deleteHorizonMs: null },
    });
    expect(records[0]).toMatchObject({ type: "record", offset: 0, key: "k1", value: "one", headers: [] });
    const all = objects((await log("dump", "-r", "--json", SEGMENT)).output);
    expect(all.at(-1)).toMatchObject({ key: "k3", value: { base64: "AQI=" } });
  });

  test("begins at an offset and stops after so many batches", async () => {
    const records = objects((await log("dump", "-r", "--json", "--offset", "1", SEGMENT)).output);
    expect(records.filter(({ type }) => type === "record").map(({ offset }) => offset)).toEqual([1, 2]);
    const none = objects((await log("dump", "--json", "-n", "0", SEGMENT)).output);
    expect(none.map(({ type }) => type)).toEqual(["file"]);
  });

  test("decodes the metadata log and its snapshots by record name", async () => {
    const path = "/data/__cluster_metadata-0/00000000000000000000.log";
    const { output } = await log("dump", "-r", path);
    expect(output).toMatch(/ LeaderChangeMessage v0 {"version":0,"leaderId":1,/);
    expect(output).toMatch(/ TopicRecord v0 {"name":"orders","topicId":"[\w-]{22}"}/);
    expect(output).toMatch(/ PartitionRecord v2 {"partitionId":0,/);
    const snapshot = "/data/__cluster_metadata-0/00000000000000000000-0000000000.checkpoint";
    expect((await log("dump", "-r", snapshot)).output).toMatch(
      / SnapshotHeaderRecord v0 .* FeatureLevelRecord v0 .* SnapshotFooterRecord v0/s,
    );
    expect((await log("dump", "-r", "--decoder", "none", path)).output).not.toContain("TopicRecord");
  });

  test.each([
    ["/data/meta.properties", /^ {2}node\.id = 1$/m],
    ["/data/__cluster_metadata-0/quorum-state", /^ {2}leaderEpoch = 1$/m],
    ["/data/__cluster_metadata-0/polylog-flushed-batch", /^ {2}segment = 0{20}\.log$/m],
    [`${ORDERS}/partition.metadata`, /^ {2}topic_id = [\w-]{22}$/m],
    [`${ORDERS}/leader-epoch-checkpoint`, /EPOCH +FROM OFFSET\n +0 +0$/m],
    ["/data/recovery-point-offset-checkpoint", /^ +3 orders-0$/m],
    ["/data/.kafka_cleanshutdown", /^ {2}brokerEpoch = \d+$/m],
  ])("prints %s", async (path, expected) => {
    const { exitCode, output } = await log("dump", path);
    expect([exitCode, output]).toEqual([0, expect.stringMatching(expected)]);
  });

  test("with --verify says whether something is wrong, and nothing else", async () => {
    const index = SEGMENT.replace(/log$/, "timeindex");
    const { exitCode, output } = await log("dump", "--verify", SEGMENT, index);
    expect([exitCode, output]).toEqual([0, `${SEGMENT}: nothing is wrong\n${index}: nothing is wrong\n`]);
  });

  test("tells of damage by the exit code, and of a file that it does not know", async () => {
    const damaged = "/copy/00000000000000000000.log";
    runtime.files.makeDirectory("/copy");
    const from = runtime.files.open(SEGMENT, "read");
    const bytes = new Uint8Array(from.size());
    from.read(bytes, 0);
    from.close();
    bytes[70]! ^= 1;
    const to = runtime.files.open(damaged, "create");
    to.write(bytes, 0);
    to.close();
    expect(await log("dump", damaged)).toMatchObject({
      exitCode: 1,
      output: expect.stringContaining("CHECKSUM MISMATCH"),
    });
    expect(await log("dump", "--verify", damaged)).toMatchObject({
      exitCode: 1,
      output: expect.stringMatching(/^DAMAGED {2}.* at position 0, offset 0\n {4}the checksum of the batch/),
    });
    expect(await log("dump", "/data/.lock")).toMatchObject({
      exitCode: 1,
      errors: expect.stringContaining("/data/.lock: is no file"),
    });
    expect(await log("dump", "/data/nowhere-0/00000000000000000000.log")).toMatchObject({ exitCode: 1 });
    expect(await log("dump", "--decoder", "x", SEGMENT)).toMatchObject({ exitCode: 2 });
    expect(await log("dump")).toMatchObject({ exitCode: 2, errors: expect.stringContaining("FILE is missing") });
  });
});

test("log dump tells what could be read before the disk failed, and goes on with the next file", async () => {
  const files = new FailingFiles(runtime.files);
  files.fault = (call, path) => (call === "read" && path === SEGMENT ? "EIO" : undefined);
  const epochs = `${ORDERS}/leader-epoch-checkpoint`;
  const dumped = await polylog(["log", "dump", "-r", SEGMENT, epochs], { runtime: { ...runtime, files } });
  expect(dumped.exitCode).toBe(1);
  expect(dumped.output).toMatch(/^.*\.log: segment, .*leader-epoch-checkpoint: leader epochs/s);
  expect(dumped.errors).toMatch(/^polylog log dump: .*EIO/);
  expect(dumped.errors).toContain(SEGMENT);
});

test.each([
  ["meta.properties", "it: version missing is not supported, only 1 is"],
  ["partition.metadata", 'it is malformed: "\\u001bgarbage'],
  ["quorum-state", ""],
])("log dump takes no garbage for %s, and sends none to the terminal", async (name, problem) => {
  const path = `/garbage/${name}`;
  runtime.files.makeDirectory("/garbage");
  const file = runtime.files.open(path, "create");
  file.write(new TextEncoder().encode("\u001bgarbage = \u001b[2J"), 0);
  file.close();
  const dumped = await log("dump", path);
  expect([dumped.exitCode, dumped.output]).toEqual([1, expect.stringContaining(`PROBLEM: ${problem}`)]);
  expect(dumped.output).not.toContain("\u001b");
  const verified = await log("dump", "--verify", path);
  expect([verified.exitCode, verified.output]).toEqual([
    1,
    expect.stringContaining(`DAMAGED  ${path}\n    ${problem}`),
  ]);
  expect(verified.output).not.toContain("\u001b");
});

test("log dump says of a directory what can be done with it", async () => {
  expect(await log("dump", ORDERS)).toMatchObject({
    exitCode: 1,
    errors: expect.stringContaining(`${ORDERS}: is a directory: name files in it`),
  });
});

describe("log verify", () => {
  test("finds nothing wrong in what a broker left", async () => {
    const { exitCode, output } = await log("verify", "/data");
    expect([exitCode, output]).toEqual([
      0,
      expect.stringMatching(/^\/data: 2 partitions, [\d.]+ kB in [\d.]+ s: nothing is wrong\n$/),
    ]);
    expect((await log("verify", ORDERS)).output).toContain("1 partition,");
  });

  test("tells findings and a summary, to a person and to a program", async () => {
    const path = `${ORDERS}/leader-epoch-checkpoint`;
    const file = runtime.files.open(path, "write");
    const good = new Uint8Array(file.size());
    file.read(good, 0);
    file.write(new TextEncoder().encode("9"), 0);
    const person = await log("verify", "/data");
    const program = await log("verify", "--json", "/data");
    file.write(good, 0);
    file.close();
    expect(person.exitCode).toBe(1);
    expect(person.output).toMatch(
      /^repairable {2}\/data\/orders-0\/leader-epoch-checkpoint\n {4}is damaged: .*\n {4}at the next start: the partition is read from end to end/,
    );
    expect(person.output).toMatch(/: 1 finding: 1 that the next start repairs\n$/);
    const [finding, summary] = objects(program.output);
    expect(finding).toMatchObject({ type: "finding", severity: "repaired", path });
    expect(summary).toMatchObject({ type: "summary", directory: "/data", partitions: 2, repaired: 1, damaged: 0 });
  });

  test("notes a directory that a broker has open, and leaves notes out when asked", async () => {
    const other = memoryRuntime();
    const broker = await startMemoryBroker(other);
    const inUse = await polylog(["log", "verify", "/data"], { runtime: other });
    const quiet = await polylog(["log", "verify", "--quiet", "/data"], { runtime: other });
    await broker.close();
    expect([inUse.exitCode, inUse.output]).toEqual([
      0,
      expect.stringContaining("note  /data\n    is in use by a running process"),
    ]);
    expect(quiet.output).not.toContain("note");
  });

  test("looks through the other directories when one can't be looked at", async () => {
    expect(await log("verify", "/nowhere", "/data")).toMatchObject({
      exitCode: 1,
      errors: "polylog log verify: /nowhere: no such directory\n",
      output: expect.stringMatching(/^\/data: 2 partitions, .*: nothing is wrong\n$/),
    });
  });

  test("refuses a path that is no directory", async () => {
    expect(await log("verify", "/nowhere")).toMatchObject({
      exitCode: 1,
      errors: "polylog log verify: /nowhere: no such directory\n",
    });
    expect(await log("verify")).toMatchObject({ exitCode: 2 });
  });
});
