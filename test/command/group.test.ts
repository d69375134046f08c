import { type Consumer, Kafka } from "kafkajs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Broker } from "../../src/broker.ts";
import { polylog, startMemoryBroker } from "./running-command.ts";

let broker: Broker;

beforeAll(async () => {
  broker = await startMemoryBroker();
  await run("topic", "create", "orders", "-p", "2");
  await produce("orders:0", 5);
  await produce("orders:1", 3);
});

afterAll(() => broker.close());

const run = (...args: string[]) => polylog([...args, "-b", broker.bootstrapServers]);

function produce(partition: string, count: number) {
  const [topic = "", number = ""] = partition.split(":");
  const input = Array.from({ length: count }, (_, index) => `${index}\n`).join("");
  return polylog(["produce", topic, "-p", number, "-b", broker.bootstrapServers], { input });
}

/** A group that has consumed all of the topic's partitions, and is gone. */
async function leaveOffsets(group: string, ...options: string[]): Promise<void> {
  const to = options.length > 0 ? options : ["--topic", "orders", "--to-latest"];
  expect(await run("group", "reset-offsets", group, ...to, "--execute")).toMatchObject({ exitCode: 0 });
}

/** Resolves when it is a member that has partitions. */
async function join(group: string): Promise<Consumer> {
  const kafka = new Kafka({ brokers: [broker.bootstrapServers], clientId: "shop", logLevel: 0 });
  const consumer = kafka.consumer({ groupId: group, maxWaitTimeInMs: 200 });
  const joined = new Promise((resolve) => consumer.on("consumer.group_join", resolve));
  await consumer.connect();
  await consumer.subscribe({ topic: "orders", fromBeginning: true });
  await consumer.run({ autoCommit: false, eachMessage: async () => {} });
  await joined;
  return consumer;
}

/** The cells of the rows below a heading. */
function rowsBelow(heading: RegExp, output: string): string[][] {
  const lines = output.split("\n");
  const rows = lines.slice(lines.findIndex((line) => heading.test(line)) + 1);
  return rows.filter((line) => line !== "" && !/^(Nothing|Reset)/.test(line)).map((line) => line.split(/ {2,}/));
}

const offsetsOf = async (group: string) =>
  rowsBelow(/^TOPIC/, (await run("group", "describe", group)).output).map((cells) => cells.slice(0, 5).join(" "));

describe("polylog group list", () => {
  test("names the groups, and with --verbose what they are", async () => {
    await leaveOffsets("listed-b");
    await leaveOffsets("listed-a");
    const names = (await run("group", "list")).output.split("\n").filter((name) => name.startsWith("listed"));
    expect(names).toEqual(["listed-a", "listed-b"]);
    const { output } = await run("group", "list", "-v", "--state", "empty");
    expect(output).toMatch(/^GROUP +TYPE +PROTOCOL +STATE\n/);
    expect(output).toMatch(/^listed-a +classic +- +Empty$/m);
    expect((await run("group", "list", "--state", "Stable")).output).not.toContain("listed");
  });
});

describe("polylog group describe", () => {
  test("shows what was committed, where the partitions end, and what lies between", async () => {
    await leaveOffsets("described", "--topic", "orders:0", "--to-offset", "2");
    const { exitCode, output } = await run("group", "describe", "described");
    expect(exitCode).toBe(0);
    expect(output).toMatch(
      /^Group: described\tType: classic\tState: Empty\tProtocol: -\tCoordinator: 1\tMembers: 0\nTOPIC /,
    );
    expect(rowsBelow(/^TOPIC/, output)).toEqual([["orders", "0", "2", "5", "3", "-", "-", "-"]]);
  });

  test("shows who has which partition", async () => {
    const consumer = await join("members");
    try {
      const { output } = await run("group", "describe", "members");
      expect(output).toMatch(/^Group: members\tType: classic\tState: Stable\tProtocol: RoundRobinAssigner\t/);
      const rows = rowsBelow(/^TOPIC/, output);
      expect(rows.map((cells) => cells.slice(0, 5).join(" "))).toEqual(["orders 0 - 5 -", "orders 1 - 3 -"]);
      expect(rows[0]!.slice(5)).toEqual([expect.stringMatching(/^shop-/), "/127.0.0.1", "shop"]);
      const members = rowsBelow(/^CONSUMER-ID/, (await run("group", "describe", "members", "--members")).output);
      expect(members).toEqual([[rows[0]![5], "-", "/127.0.0.1", "shop", "2", "orders(0,1)"]]);
    } finally {
      await consumer.disconnect();
    }
  });

  test("of a topic that is gone it shows no end", async () => {
    await run("topic", "create", "gone");
    await leaveOffsets("left", "--topic", "gone", "--topic", "orders:1", "--to-earliest");
    await run("topic", "delete", "gone");
    expect((await offsetsOf("left")).at(-1)).toBe("orders 1 0 3 3");
    expect(await run("group", "reset-offsets", "left", "--all-topics", "--to-latest")).toMatchObject({ exitCode: 0 });
  });

  test("a group that there is not is told beside those that there are", async () => {
    await leaveOffsets("there");
    const { exitCode, output, errors } = await run("group", "describe", "none", "there");
    expect(exitCode).toBe(1);
    expect(errors).toBe(
      "polylog group describe: none: GROUP_ID_NOT_FOUND: there is no such group. List what there is with 'polylog group list'\n",
    );
    expect(output).toContain("Group: there\t");
  });
});

describe("polylog group reset-offsets", () => {
  test("without --execute it shows what would change, and changes nothing", async () => {
    await leaveOffsets("dry");
    const { exitCode, output } = await run("group", "reset-offsets", "dry", "--topic", "orders", "--to-earliest");
    expect(exitCode).toBe(0);
    expect(rowsBelow(/^TOPIC +PARTITION +CURRENT-OFFSET +NEW-OFFSET$/, output)).toEqual([
      ["orders", "0", "5", "0"],
      ["orders", "1", "3", "0"],
    ]);
    expect(output).toMatch(/\nNothing has changed: --execute commits the new offsets\n$/);
    expect(await offsetsOf("dry")).toEqual(["orders 0 5 5 0", "orders 1 3 3 0"]);
  });

  test("with --execute the group goes on from there, in the named partitions only", async () => {
    await leaveOffsets("executed");
    const { output } = await run(
      ...["group", "reset-offsets", "executed", "--topic", "orders:1", "--shift-by", "-2", "--execute"],
    );
    expect(output).toMatch(/\nReset 1 partition of group executed\n$/);
    expect(await offsetsOf("executed")).toEqual(["orders 0 5 5 0", "orders 1 1 3 2"]);
  });

  test("an offset beyond the ends becomes the end, and a note says so", async () => {
    await leaveOffsets("clamped");
    const { errors, output } = await run("group", "reset-offsets", "clamped", "--all-topics", "--shift-by", "1");
    expect(errors).toBe("orders:0: 6 lies behind the end: 5 is taken\norders:1: 4 lies behind the end: 3 is taken\n");
    expect(rowsBelow(/^TOPIC/, output).map((cells) => cells[3])).toEqual(["5", "3"]);
  });

  test("a time is that of the first record that is not older", async () => {
    await leaveOffsets("timed");
    const newOffsets = async (time: string) => {
      const { output } = await run("group", "reset-offsets", "timed", "--topic", "orders", "--to-datetime", time);
      return rowsBelow(/^TOPIC/, output).map((cells) => cells[3]);
    };
    expect(await newOffsets("2001-01-01")).toEqual(["0", "0"]);
    expect(await newOffsets("2222-01-01T00:00")).toEqual(["5", "3"]);
  });

  test("to what is committed, or to the end, so that every partition has an offset", async () => {
    await leaveOffsets("current", "--topic", "orders:0", "--to-earliest");
    await leaveOffsets("current", "--topic", "orders", "--to-current");
    expect(await offsetsOf("current")).toEqual(["orders 0 0 5 5", "orders 1 3 3 0"]);
  });

  test("a group with members is left alone", async () => {
    const consumer = await join("busy");
    try {
      for (const mode of ["--execute", "--dry-run"]) {
        const { exitCode, output, errors } = await run(
          ...["group", "reset-offsets", "busy", "--topic", "orders", "--to-earliest", mode],
        );
        expect([exitCode, output]).toEqual([1, ""]);
        expect(errors).toContain("while a group has no members, and the state of busy is Stable: stop its consumers");
      }
    } finally {
      await consumer.disconnect();
    }
    await leaveOffsets("busy");
  });

  test("a group that there is not yet is made, and named as such: it may be a mistake", async () => {
    const { errors } = await run("group", "reset-offsets", "fresh", "--topic", "orders", "--to-earliest", "--execute");
    expect(errors).toBe("There is no group fresh yet\n");
    expect(await offsetsOf("fresh")).toEqual(["orders 0 0 5 5", "orders 1 0 3 3"]);
  });

  test("what can't be done is said", async () => {
    const failing = async (...args: string[]) => {
      const { exitCode, errors } = await run("group", "reset-offsets", ...args);
      return `${exitCode} ${errors.split("\n").find((line) => line.startsWith("polylog"))}`;
    };
    const usage = "2 polylog group reset-offsets:";
    expect(await failing("g", "--topic", "orders")).toMatch(`${usage} One of --to-earliest, --to-latest, --to-current`);
    expect(await failing("g", "--topic", "orders", "--to-latest", "--to-current")).toMatch(
      /says where to, and just one/,
    );
    expect(await failing("g", "--to-latest")).toMatch(`${usage} Give either --topic TOPIC`);
    expect(await failing("g", "--to-latest", "--topic", "orders:x")).toMatch("'orders:x' is not TOPIC or TOPIC:PART");
    expect(await failing("g", "--to-datetime", "yesterday", "--all-topics")).toMatch("needs a time as 2026-");
    expect(await failing("g", "--shift-by", "1.5", "--all-topics")).toMatch("needs a whole number as 10 or -10");
    expect(await failing("g", "--to-latest", "--topic", "none")).toMatch(
      "1 polylog group reset-offsets: UNKNOWN_TOPIC",
    );
    expect(await failing("g", "--to-latest", "--topic", "orders:2")).toMatch("Topic orders has partitions 0 to 1");
    expect(await failing("g", "--shift-by", "-1", "--topic", "orders:0")).toMatch("orders:0 can't be shifted");
  });
});

describe("polylog group delete", () => {
  test("takes the group and its offsets away", async () => {
    await leaveOffsets("deleted");
    expect(await run("group", "delete", "deleted")).toEqual({
      exitCode: 0,
      output: "Deleted group deleted\n",
      errors: "",
    });
    expect((await run("group", "list")).output).not.toContain("deleted");
    expect(await run("group", "delete", "deleted")).toMatchObject({
      exitCode: 1,
      errors: expect.stringContaining("polylog group delete: deleted: GROUP_ID_NOT_FOUND: there is no such group"),
    });
    expect(await run("group", "delete", "deleted", "--if-exists")).toMatchObject({ exitCode: 0, errors: "" });
  });

  test("leaves a group with members alone", async () => {
    const consumer = await join("kept");
    try {
      const { exitCode, errors } = await run("group", "delete", "kept");
      expect([exitCode, errors]).toEqual([
        1,
        "polylog group delete: kept: NON_EMPTY_GROUP: the group has members. Stop its consumers first\n",
      ]);
    } finally {
      await consumer.disconnect();
    }
  });
});
