import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, openSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { uniqueName } from "../../clients/topic-names.ts";
import { WireConnection } from "../../clients/wire/connection.ts";
import { PATIENCE_MS } from "../../patience.ts";
import { runSuccessfully } from "../command.ts";
import { installedPython } from "../installed.ts";
import { javaToolCommand, runJavaTool } from "../java-tools/java-tool.ts";
import { targets } from "../targets.ts";
import { difference, lineMultiset } from "./line-multiset.ts";
import { writeRealText } from "./real-text.ts";

const wantedBytes = 200 * 1024 * 1024;
const partitions = 12;
const limitMs = 600_000;

/** Real text through kcat, read by a group of three consumers of three libraries: not a line more, not a line less. */
describe("every line of 200 MB of real text", () => {
  const directory = mkdtempSync(join(tmpdir(), "polylog-main-job-"));
  const input = join(directory, "input");
  let written: { sizeBytes: number; lines: number };
  let expected: BigUint64Array;
  beforeAll(() => {
    written = writeRealText(input, wantedBytes);
    expected = lineMultiset([input], written.lines);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test.for(targets)(
    "goes in through kcat and comes out of a group of three libraries, by way of $name",
    { timeout: limitMs * 2 },
    async (target) => {
      expect(expected.length).toBe(written.lines);
      const broker = await target.start();
      const topic = uniqueName("main-job");
      const group = uniqueName("main-job");
      const outputs = ["confluent-kafka", "kafka-python", "java"].map((name) =>
        join(directory, `${target.name}-${name}`),
      );
      const members: ChildProcess[] = [];
      try {
        const connection = await WireConnection.open(broker.host, broker.port);
        await connection.createReadyTopic(topic, partitions);
        const python = (library: string, output: string) => [
          installedPython(),
          join(import.meta.dirname, "consumer.py"),
          library,
          broker.bootstrap,
          topic,
          group,
          output,
        ];
        members.push(startMember(python("confluent-kafka", outputs[0]!), join(directory, "log")));
        members.push(startMember(python("kafka-python", outputs[1]!), join(directory, "log")));
        members.push(startMember(consoleConsumer(broker.bootstrap, topic, group), outputs[2]!));
        await until(
          async () => (await groupIs(connection, group, 3)) && members.every(isRunning),
          3 * PATIENCE_MS,
          "a stable group of three",
        );

        const kcat = [
          "kcat",
          "-b",
          broker.bootstrap,
          "-P",
          "-t",
          topic,
          "-K",
          "\t",
          "-l",
          "-X",
          "acks=all",
          "-X",
          "enable.idempotence=true",
          input,
        ];
        await runSuccessfully(kcat, { limitMs });
        const received = () => outputs.reduce((sum, path) => sum + statSync(path).size, 0);
        await until(
          async () => received() >= written.sizeBytes,
          limitMs,
          () => `${written.sizeBytes} bytes of output, not ${received()}`,
        );
        // Whatever is delivered twice would still be on its way.
        await delay(1_000);

        for (const output of outputs) expect(statSync(output).size, `${output} has had no share`).toBeGreaterThan(0);
        const actual = lineMultiset(outputs, written.lines);
        expect(difference(expected, actual)).toEqual([]);
        expect(actual.length).toBe(written.lines);

        await Promise.all(members.map(end));
        const { stdout } = await runJavaTool("consumer-groups", [
          "--bootstrap-server",
          broker.bootstrap,
          "--describe",
          "--group",
          group,
        ]);
        const lags = stdout
          .split("\n")
          .filter((line) => line.startsWith(group))
          .map((line) => line.split(/\s+/)[5]);
        expect(lags, stdout).toEqual(Array.from({ length: partitions }, () => "0"));
        connection.close();
      } finally {
        await Promise.all(members.map(end));
        for (const output of outputs) rmSync(output, { force: true });
        await broker.dispose();
      }
    },
  );
});

function consoleConsumer(bootstrap: string, topic: string, group: string): string[] {
  const properties = [
    "partition.assignment.strategy=org.apache.kafka.clients.consumer.RoundRobinAssignor",
    "auto.offset.reset=earliest",
  ];
  const args = [
    "--bootstrap-server",
    bootstrap,
    "--topic",
    topic,
    "--group",
    group,
    "--formatter-property",
    "print.key=true",
  ];
  return javaToolCommand("console-consumer", [
    ...args,
    ...properties.flatMap((property) => ["--command-property", property]),
  ]);
}

function startMember([program, ...args]: readonly string[], output: string): ChildProcess {
  return spawn(program!, args, { stdio: ["ignore", openSync(output, "w"), "inherit"] });
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

async function end(child: ChildProcess): Promise<void> {
  if (!isRunning(child)) return;
  const ended = new Promise((resolve) => child.once("close", resolve));
  child.kill("SIGTERM");
  await Promise.race([ended, delay(20_000).then(() => child.kill("SIGKILL"))]);
}

async function groupIs(connection: WireConnection, group: string, members: number): Promise<boolean> {
  const found = await connection.describeGroup(group);
  return found.state === "Stable" && found.members === members;
}

async function until(holds: () => Promise<boolean>, waitMs: number, what: string | (() => string)): Promise<void> {
  const deadline = performance.now() + waitMs;
  while (!(await holds())) {
    if (performance.now() > deadline)
      throw new Error(`no ${typeof what === "string" ? what : what()} within ${waitMs} ms`);
    await delay(100);
  }
}
