import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { BrokerUnderTest, Target } from "../../clients/broker-under-test.ts";
import { uniqueName } from "../../clients/topic-names.ts";
import { soon } from "../../patience.ts";
import { storedCodecs } from "../stored-codecs.ts";
import { ClientProcess, type Received, type RecordToSend } from "./client-process.ts";

type Ability = "configs" | "partitions" | "repeated headers" | "empty values";

/** A client library that nobody here wrote, behind a driver that takes commands. */
export interface Library {
  readonly name: string;
  readonly command: (bootstrap: string) => readonly string[];
  /** What the library has no call for. */
  readonly lacks?: readonly Ability[];
  /** Its name for MESSAGE_TOO_LARGE. */
  readonly tooLarge: RegExp;
}

const codecs = ["none", "gzip", "snappy", "lz4", "zstd"];

export function librarySuite(target: Target, library: Library): void {
  describe(`${library.name} with ${target.name}`, () => {
    let broker: BrokerUnderTest;
    let client: ClientProcess;
    beforeAll(async () => {
      broker = await target.start();
      client = newClient();
    });
    afterAll(async () => {
      await client?.[Symbol.asyncDispose]();
      await broker?.dispose();
    });

    const newClient = () => new ClientProcess(library.command(broker.bootstrap));
    const can = (what: Ability) => !library.lacks?.includes(what);

    async function newTopic(what: string, partitions = 1): Promise<string> {
      const topic = uniqueName(what);
      await client.call("create_topic", { topic, partitions });
      await vi.waitFor(async () => expect(await client.call("partition_count", { topic })).toBe(partitions), soon);
      return topic;
    }

    async function read(
      topic: string,
      count: number,
      options: Readonly<Record<string, unknown>> = {},
    ): Promise<Received[]> {
      await using reader = newClient();
      await reader.call("join", { topic, group: uniqueName("reader"), ...options });
      const received = await until(reader, count);
      await reader.call("leave");
      return received;
    }

    test.for(codecs.flatMap((codec) => [-1, 1, 0].map((acks) => ({ codec, acks }))))(
      "$codec, acks $acks: records arrive as they were sent",
      async ({ codec, acks }) => {
        const topic = await newTopic("codec");
        const records = Array.from({ length: 300 }, (_, i) => ({
          key: `key-${i}`,
          value: `value ${i} ${"compressible ".repeat(i % 20)}`,
          headers: [["n", String(i)]] as const,
        }));
        expect(await client.call("produce", { topic, records, codec, acks })).toEqual([]);
        const received = await read(topic, records.length);
        expect(received.map(({ key, value, headers }) => ({ key, value, headers }))).toEqual(records);
        expect(received.map(({ offset }) => offset)).toEqual(records.map((_, i) => i));
        expect(await storedCodecs(broker, topic)).toContain(codec);
      },
    );

    test("null keys, tombstones and empty values keep their difference; headers may repeat", async () => {
      const topic = await newTopic("shapes");
      const records: RecordToSend[] = [
        { value: "no key" },
        { key: "tombstone", value: null },
        { key: "", value: can("empty values") ? "" : "x" },
        {
          key: "ключ 🔑",
          value: "значение",
          headers: can("repeated headers")
            ? [
                ["h", "1"],
                ["h", "2"],
              ]
            : [["h", "1"]],
        },
      ];
      expect(await client.call("produce", { topic, records })).toEqual([]);
      const received = await read(topic, records.length);
      expect(received.map(({ key, value, headers }) => ({ key, value, headers }))).toEqual(
        records.map(({ key = null, value = null, headers = [] }) => ({ key, value, headers })),
      );
    });

    test("a record of a megabyte arrives whole; one over max.message.bytes is refused", async () => {
      const topic = await newTopic("large");
      const value = "0123456789abcdef".repeat(62_500);
      expect(await client.call("produce", { topic, records: [{ value }] })).toEqual([]);
      const errors = await client.call<string[]>("produce", { topic, records: [{ value: value + value }] });
      expect(errors.join()).toMatch(library.tooLarge);
      expect((await read(topic, 1))[0]!.value).toBe(value);
    });

    test("an idempotent producer's records are appended in order, each once", async () => {
      const topic = await newTopic("idempotent");
      const records = Array.from({ length: 5_000 }, (_, i) => ({ value: String(i) }));
      expect(await client.call("produce", { topic, records, idempotent: true })).toEqual([]);
      expect((await read(topic, 5_000)).map(({ value }) => Number(value))).toEqual(records.map((_, i) => i));
    });

    test("a group of three shares the partitions, and two take over when one leaves", async () => {
      const topic = await newTopic("shared", 6);
      const group = uniqueName("three");
      await using stack = new AsyncDisposableStack();
      const members = [1, 2, 3].map(() => stack.use(newClient()));
      for (const member of members) await member.call("join", { topic, group });
      await untilShared(members, [2, 2, 2]);
      const send = (from: number) =>
        client.call("produce", {
          topic,
          records: Array.from({ length: 60 }, (_, i) => ({ value: String(from + i), partition: i % 6 })),
        });
      expect(await send(0)).toEqual([]);
      for (const member of members) await until(member, 20);
      const [first, ...rest] = members as [ClientProcess, ClientProcess, ClientProcess];
      const taken = await first.call<Received[]>("take");
      await first.call("leave");
      await untilShared(rest, [3, 3]);
      expect(await send(60)).toEqual([]);
      await vi.waitFor(async () => {
        const others = await Promise.all(rest.map((member) => member.call<Received[]>("take")));
        expect(new Set([...taken, ...others.flat()].map(({ value }) => value)).size).toBe(120);
      }, soon);
    });

    test("a static member that restarts gets its partitions back without a rebalance", async () => {
      const topic = await newTopic("static", 4);
      const group = uniqueName("static");
      await using stays = newClient();
      await stays.call("join", { topic, group, instance: "stays" });
      let share: readonly number[];
      {
        await using returns = newClient();
        await returns.call("join", { topic, group, instance: "returns" });
        await untilShared([stays, returns], [2, 2]);
        share = await assignment(returns);
        // The process dies without leaving.
      }
      await using again = newClient();
      await again.call("join", { topic, group, instance: "returns" });
      await vi.waitFor(async () => expect(await assignment(again)).toEqual(share), soon);
      expect((await assignment(stays)).length).toBe(2);
      expect(await client.call("describe_group", { group })).toEqual({ state: "Stable", members: 2 });
    });

    test("a group resumes where it has committed", async () => {
      const topic = await newTopic("resumed");
      const group = uniqueName("resumed");
      await client.call("produce", { topic, records: Array.from({ length: 10 }, (_, i) => ({ value: String(i) })) });
      await using first = newClient();
      await first.call("join", { topic, group });
      await until(first, 10);
      await first.call("commit", { topic, partition: 0, offset: 4 });
      await first.call("leave");
      expect(await client.call("committed_offset", { group, topic, partition: 0 })).toBe(4);
      expect((await read(topic, 6, { group })).map(({ value }) => value)).toEqual(["4", "5", "6", "7", "8", "9"]);
    });

    test("offsets are found by time", async () => {
      const topic = await newTopic("timed");
      const baseMs = Date.now() - 60_000;
      await client.call("produce", {
        topic,
        records: [0, 1_000, 2_000].map((ms) => ({ value: "x", timestamp: baseMs + ms })),
      });
      const offsets = [];
      for (const ms of [-500, 0, 1, 1_000, 1_500])
        offsets.push(await client.call("offset_for_time", { topic, partition: 0, timestamp: baseMs + ms }));
      expect(offsets).toEqual([0, 0, 1, 1, 2]);
      expect((await read(topic, 3)).map(({ timestamp }) => timestamp - baseMs)).toEqual([0, 1_000, 2_000]);
    });

    test.runIf(can("configs"))("a config of a topic is described and altered", async () => {
      const topic = await newTopic("configured");
      expect(await client.call("describe_config", { topic, name: "retention.ms" })).toBe("604800000");
      await client.call("alter_config", { topic, name: "retention.ms", value: "60000" });
      await vi.waitFor(
        async () => expect(await client.call("describe_config", { topic, name: "retention.ms" })).toBe("60000"),
        soon,
      );
      await expect(client.call("alter_config", { topic, name: "retention.ms", value: "soon" })).rejects.toThrow(
        /INVALID_CONFIG|InvalidConfig/,
      );
    });

    test.runIf(can("partitions"))("partitions are added", async () => {
      const topic = await newTopic("grown");
      await client.call("create_partitions", { topic, total: 4 });
      await vi.waitFor(async () => expect(await client.call("partition_count", { topic })).toBe(4), soon);
    });

    test("records are deleted up to an offset", async () => {
      const topic = await newTopic("trimmed");
      await client.call("produce", { topic, records: Array.from({ length: 10 }, (_, i) => ({ value: String(i) })) });
      expect(await client.call("delete_records", { topic, partition: 0, offset: 7 })).toBe(7);
      expect((await read(topic, 3)).map(({ value }) => value)).toEqual(["7", "8", "9"]);
    });

    test("groups are listed, described and deleted; topics are deleted", async () => {
      const topic = await newTopic("grouped");
      const group = uniqueName("described");
      await client.call("produce", { topic, records: [{ value: "one" }] });
      await using member = newClient();
      await member.call("join", { topic, group });
      await until(member, 1);
      await member.call("commit", { topic, partition: 0, offset: 1 });
      expect(await client.call("list_groups")).toContain(group);
      expect(await client.call("describe_group", { group })).toEqual({ state: "Stable", members: 1 });
      await member.call("leave");
      await client.call("delete_group", { group });
      expect(await client.call("list_groups")).not.toContain(group);
      await client.call("delete_topic", { topic });
      await expect(client.call("create_topic", { topic: "bad/name" })).rejects.toThrow(
        /INVALID_TOPIC|InvalidTopic|invalid/i,
      );
    });

    test("a running consumer and its records outlive a restart of the broker", async () => {
      const topic = await newTopic("survivor");
      const group = uniqueName("survivor");
      const records = (from: number) => Array.from({ length: 50 }, (_, i) => ({ value: String(from + i) }));
      await using member = newClient();
      await member.call("join", { topic, group });
      expect(await client.call("produce", { topic, records: records(0) })).toEqual([]);
      await until(member, 50);
      await member.call("commit", { topic, partition: 0, offset: 30 });
      await broker.restart();
      expect(await client.call("produce", { topic, records: records(50) })).toEqual([]);
      const received = await until(member, 100);
      expect([...new Set(received.map(({ value }) => Number(value)))]).toEqual(
        Array.from({ length: 100 }, (_, i) => i),
      );
      await member.call("leave");
      expect((await read(topic, 70, { group })).map(({ value }) => Number(value))).toEqual(
        Array.from({ length: 70 }, (_, i) => 30 + i),
      );
    });
  });
}

async function until(member: ClientProcess, count: number): Promise<Received[]> {
  await vi.waitFor(async () => {
    const state = await member.call<{ count: number }>("state");
    if (state.count < count) throw new Error(`received ${state.count} records of ${count}`);
  }, soon);
  return member.call("take");
}

async function assignment(member: ClientProcess): Promise<readonly number[]> {
  return (await member.call<{ assignment: number[] }>("state")).assignment;
}

async function untilShared(members: readonly ClientProcess[], shares: readonly number[]): Promise<void> {
  await vi.waitFor(async () => {
    const assignments = await Promise.all(members.map(assignment));
    expect(assignments.map(({ length }) => length)).toEqual(shares);
    const all = shares.reduce((sum, share) => sum + share, 0);
    expect(assignments.flat().sort()).toEqual(Array.from({ length: all }, (_, i) => i));
  }, soon);
}
