import { describe, expect, test } from "vitest";
import { isUuid } from "../../src/protocol/uuid.ts";
import { BOOTSTRAP_SNAPSHOT, readSnapshot } from "../../src/raft/snapshot-file.ts";
import type { Runtime } from "../../src/runtime.ts";
import { memoryRuntime, polylog } from "./running-command.ts";

const CLUSTER = "5L6g3nShT-eMCtK--X86sw";
const DIRECTORY = "JEXY6aqzQY-32P5TStzaFg";

const controllerProperties = [
  "process.roles=broker,controller",
  "node.id=1",
  "listeners=PLAINTEXT://127.0.0.1:29392,CONTROLLER://127.0.0.1:29393",
  "controller.listener.names=CONTROLLER",
  "controller.quorum.bootstrap.servers=127.0.0.1:29393",
  "log.dirs=/d1,/d2",
];

function withProperties(lines: readonly string[], runtime = memoryRuntime()): Runtime {
  const bytes = new TextEncoder().encode(`${lines.join("\n")}\n`);
  const file = runtime.files.open("/s.properties", "create");
  file.truncate(0);
  file.write(bytes, 0);
  file.close();
  return runtime;
}

const format = (runtime: Runtime, ...args: string[]) =>
  polylog(["storage", "format", "-t", CLUSTER, "-c", "/s.properties", ...args], { runtime });
const info = (runtime: Runtime) => polylog(["storage", "info", "-c", "/s.properties"], { runtime });
const replaced = (key: string, value: string) =>
  controllerProperties.map((line) => (line.startsWith(`${key}=`) ? `${key}=${value}` : line));
const bootstrapOf = (runtime: Runtime, directory: string) =>
  readSnapshot(runtime, `${directory}/__cluster_metadata-0`, BOOTSTRAP_SNAPSHOT);

test("a random id is one, and another each time", async () => {
  const [one, other] = [await polylog(["storage", "random-uuid"]), await polylog(["storage", "random-uuid"])];
  expect(isUuid(one.output.trim())).toBe(true);
  expect(one.output).not.toBe(other.output);
});

describe("a controller of its own", () => {
  test("is formatted with itself as the only voter, and says so in Kafka's words", async () => {
    const runtime = withProperties(controllerProperties);
    const { exitCode, output } = await format(runtime, "--standalone");
    expect([exitCode, output]).toEqual([
      0,
      "Formatting dynamic metadata voter directory /d1 with metadata.version 4.4-IV2.\n" +
        "Formatting data directory /d2 with metadata.version 4.4-IV2.\n",
    ]);
    const { quorum, records } = bootstrapOf(runtime, "/d1");
    expect(quorum).toMatchObject({
      kraftVersion: 1,
      voters: [{ id: 1, endpoints: [{ name: "CONTROLLER", host: "127.0.0.1", port: 29393 }] }],
    });
    expect(records.map(({ record }) => record)).toMatchObject([
      { name: "metadata.version", featureLevel: 33 },
      { name: "eligible.leader.replicas.version", featureLevel: 1 },
    ]);
    expect((await info(runtime)).output).toMatch(
      new RegExp(
        `^Found log directories:\n  /d1\n  /d2\n\nFound metadata: \\{cluster.id=${CLUSTER}, directory.id=[\\w-]{22}, node.id=1, version=1\\}\n`,
      ),
    );
  });

  test("is not formatted twice, unless what is formatted may be ignored", async () => {
    const runtime = withProperties(controllerProperties);
    await format(runtime, "--standalone");
    expect(await format(runtime, "--standalone")).toMatchObject({
      exitCode: 1,
      errors:
        "polylog storage format: Log directory /d1 is already formatted. Use --ignore-formatted to ignore this directory and format the others.\n",
    });
    expect((await format(runtime, "--standalone", "-g")).output).toBe(
      "All of the log directories are already formatted.\n",
    );
    runtime.files.remove("/d2");
    expect((await format(runtime, "--standalone", "-g")).output).toContain("Formatting data directory /d2");
  });

  test("refuses directories of another cluster or node", async () => {
    const runtime = withProperties(controllerProperties);
    await format(runtime, "--standalone");
    const other = await polylog(["storage", "format", "-t", DIRECTORY, "-c", "/s.properties", "-s", "-g"], { runtime });
    expect(other.errors).toContain(
      `Invalid cluster.id in: /d1/meta.properties. Expected ${DIRECTORY}, but read ${CLUSTER}`,
    );
    withProperties(replaced("node.id", "2"), runtime);
    expect((await format(runtime, "--standalone", "-g")).errors).toContain(
      "Stored node id 1 doesn't match the configured node id 2",
    );
  });

  test("may start below the newest metadata version, and not at one that is unknown", async () => {
    const runtime = withProperties(controllerProperties);
    expect((await format(runtime, "-s", "-r", "4.3")).output).toContain("with metadata.version 4.3-IV0.");
    expect(bootstrapOf(runtime, "/d1").records[0]!.record).toMatchObject({
      name: "metadata.version",
      featureLevel: 30,
    });
    expect((await format(runtime, "-s", "-r", "9.9")).errors).toContain(
      "Unknown metadata.version '9.9'. Supported metadata.version are: 4.3-IV0,",
    );
  });

  test("may have other levels of features, of those that are built", async () => {
    const runtime = withProperties(controllerProperties);
    await format(runtime, "-s", "-f", "eligible.leader.replicas.version=0");
    expect(bootstrapOf(runtime, "/d1").records).toHaveLength(1);
    expect((await format(runtime, "-s", "-f", "foo=1")).errors).toContain(
      "Unsupported feature: foo. Supported features are: ",
    );
    expect((await format(runtime, "-s", "-f", "metadata.version=99")).errors).toContain(
      "No feature:metadata.version with feature level 99",
    );
  });
});

describe("who votes", () => {
  test("has to be said for a controller", async () => {
    expect((await format(withProperties(controllerProperties))).errors).toContain(
      "you must specify one of the following: --standalone, --initial-controllers, or --no-initial-controllers.",
    );
  });

  test("can be a list that is the same on every node", async () => {
    const runtime = withProperties(controllerProperties);
    const { output } = await format(runtime, "-I", `1@127.0.0.1:29393:${DIRECTORY},2@other:29393:${CLUSTER}`);
    expect(output).toContain("Formatting dynamic metadata voter directory /d1");
    expect(bootstrapOf(runtime, "/d1").quorum!.voters.map(({ id, directoryId }) => [id, directoryId])).toEqual([
      [1, DIRECTORY],
      [2, CLUSTER],
    ]);
    expect((await info(runtime)).output).toContain(`directory.id=${DIRECTORY}`);
  });

  test("is refused when the list has no directory ids, or not this node", async () => {
    const runtime = withProperties(controllerProperties);
    expect((await format(runtime, "-I", "1@127.0.0.1:29393:x")).errors).toContain("'x' is not a directory id");
    expect((await format(runtime, "-I", `2@127.0.0.1:29393:${DIRECTORY}`)).errors).toContain(
      "does not have this node, 1",
    );
  });

  test("is in controller.quorum.voters of a static quorum, and then not in an option", async () => {
    const lines = controllerProperties.map((line) => line.replace("bootstrap.servers=", "voters=1@"));
    const runtime = withProperties(lines);
    expect((await format(runtime, "--standalone")).errors).toContain(
      "controller.quorum.voters is a quorum that can't change",
    );
    expect((await format(runtime)).output).toContain("Formatting metadata directory /d1 with metadata.version");
    expect(bootstrapOf(runtime, "/d1").quorum).toBeUndefined();
  });

  test("is no matter of a broker", async () => {
    const lines = replaced("process.roles", "broker").map((line) => line.replace(",CONTROLLER://127.0.0.1:29393", ""));
    const runtime = withProperties(lines);
    expect((await format(runtime, "--standalone")).errors).toContain("You can only use --standalone on a controller.");
    expect(await format(runtime)).toMatchObject({ exitCode: 0 });
  });
});

test("directories that are missing are problems, and the exit code says so", async () => {
  const { exitCode, output } = await info(withProperties(controllerProperties));
  expect([exitCode, output]).toEqual([1, "Found problems:\n  /d1 does not exist\n  /d2 does not exist\n\n"]);
});
