import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Broker } from "../../src/broker.ts";
import { memoryRuntime, polylog, startMemoryBroker } from "./running-command.ts";

const DIRECTORY = "/data/__cluster_metadata-0";
const runtime = memoryRuntime();
let broker: Broker;

beforeAll(async () => {
  broker = await startMemoryBroker(runtime);
  const create = ["topic", "create", "orders", "-p", "2", "-c", "retention.ms=1234", "-b", broker.bootstrapServers];
  expect((await polylog(create)).exitCode).toBe(0);
});

afterAll(() => broker.close());

const shell = (...args: string[]) => polylog(["metadata", "shell", ...args], { runtime });

describe("polylog metadata shell", () => {
  test("draws the metadata of a node that runs", async () => {
    const { exitCode, output } = await shell("/data");
    expect(exitCode).toBe(0);
    expect(output).toMatch(/^Metadata up to offset \d+, of epoch 1\n├── features\n/);
    expect(output).toMatch(/─ metadata\.version 33\n/);
    expect(output).toMatch(/├── voters\n│ {3}└── 1\n│ {7}├── directory \S{22}\n/);
    expect(output).toMatch(/├── brokers\n│ {3}└── 1 alive\n│ {7}├── epoch \d+\n/);
    expect(output).toMatch(/├── topics\n│ {3}└── orders\n│ {7}├── id \S{22}\n│ {7}├── 0\n│ {7}│ {3}├── leader 1\n/);
  });

  test("draws a part of it", async () => {
    expect((await shell(DIRECTORY, "/configs/topic/")).output).toBe("topic\n└── orders\n    └── retention.ms 1234\n");
    expect((await shell("/data/", "topics/orders/1/isr")).output).toBe("isr 1\n");
    expect((await shell("/data", "topics/none")).errors).toContain("The metadata has no topics/none");
  });

  test("reads one file", async () => {
    const segment = await shell(`${DIRECTORY}/00000000000000000000.log`, "topics/orders/0/replicas");
    expect(segment.output).toBe("replicas 1\n");
    const checkpoint = await shell(`${DIRECTORY}/00000000000000000000-0000000000.checkpoint`, "features");
    expect(checkpoint.output).toMatch(/^features\n.*metadata\.version 33/s);
  });

  test("names what it can't read", async () => {
    expect((await shell("/nowhere")).errors).toContain("/nowhere does not exist");
    expect((await shell("/data/meta.properties")).errors).toContain("is no snapshot and no segment of the metadata");
    runtime.files.makeDirectory("/empty");
    expect((await shell("/empty")).errors).toContain("/empty has no metadata log and no snapshot of it");
    expect(await shell()).toMatchObject({ exitCode: 2 });
  });

  test("names the place of damage", async () => {
    const file = runtime.files.open(`${DIRECTORY}/00000000000000000000.log`, "read");
    const bytes = new Uint8Array(file.size());
    file.read(bytes, 0);
    file.close();
    bytes[70] = bytes[70]! ^ 1;
    runtime.files.makeDirectory("/damaged");
    const path = "/damaged/00000000000000000000.log";
    const copy = runtime.files.open(path, "create");
    copy.write(bytes, 0);
    copy.close();
    const { exitCode, errors } = await shell("/damaged");
    expect(exitCode).toBe(1);
    expect(errors).toContain(`${path}: The metadata batch at offset 0 is damaged`);
  });
});
