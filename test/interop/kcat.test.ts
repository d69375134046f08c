import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BrokerUnderTest } from "../clients/broker-under-test.ts";
import { uniqueName } from "../clients/topic-names.ts";
import { runCommand, runSuccessfully } from "./command.ts";
import { storedCodecs } from "./stored-codecs.ts";
import { targets } from "./targets.ts";

for (const target of targets) {
  describe(`kcat with ${target.name}`, () => {
    let broker: BrokerUnderTest;
    beforeAll(async () => {
      broker = await target.start();
    });
    afterAll(() => broker?.dispose());

    const kcat = (args: readonly string[], input?: string) =>
      runSuccessfully(["kcat", "-b", broker.bootstrap, ...args], { input });
    const consume = (topic: string, ...args: string[]) =>
      kcat(["-C", "-t", topic, "-o", "beginning", "-e", "-q", ...args]);

    test("the cluster is listed with its broker and topics", async () => {
      const topic = uniqueName("listed");
      await kcat(["-P", "-t", topic], "created by this line\n");
      const { brokers, topics } = JSON.parse(await kcat(["-L", "-J"])) as {
        brokers: { id: number; name: string }[];
        topics: { topic: string; partitions: { partition: number; leader: number }[] }[];
      };
      expect(brokers).toEqual([{ id: 1, name: broker.bootstrap }]);
      expect(topics.find((found) => found.topic === topic)!.partitions).toMatchObject([
        { partition: 0, leader: 1, replicas: [{ id: 1 }], isrs: [{ id: 1 }] },
      ]);
    });

    test.for(
      ["none", "gzip", "snappy", "lz4", "zstd"].flatMap((codec) =>
        ["all", "1", "0"].map((acks) => [codec, acks] as const),
      ),
    )("lines sent with codec %s and acks %s come back", async ([codec, acks]) => {
      const topic = uniqueName("codec");
      const lines = Array.from(
        { length: 1_000 },
        (_, i) => `key-${i % 10}:value ${i} ${"compressible ".repeat(i % 10)}`,
      );
      await kcat(["-P", "-t", topic, "-K", ":", "-z", codec, "-X", `acks=${acks}`], `${lines.join("\n")}\n`);
      expect(await consume(topic, "-K", ":")).toBe(`${lines.join("\n")}\n`);
      expect(await storedCodecs(broker, topic)).toContain(codec);
    });

    test("headers, tombstones, and offsets are shown", async () => {
      const topic = uniqueName("shapes");
      await kcat(["-P", "-t", topic, "-K", ":", "-Z", "-H", "a=1", "-H", "b=2"], "key:value\ntombstone:\n");
      const shown = await consume(topic, "-f", "%p %o %k %S %h\n");
      expect(shown).toBe("0 0 key 5 a=1,b=2\n0 1 tombstone -1 a=1,b=2\n");
    });

    test("an idempotent producer writes each line once", async () => {
      const topic = uniqueName("idempotent");
      const lines = Array.from({ length: 20_000 }, (_, i) => String(i));
      await kcat(["-P", "-t", topic, "-X", "enable.idempotence=true"], `${lines.join("\n")}\n`);
      expect((await consume(topic)).trimEnd().split("\n")).toEqual(lines);
    });

    test("offsets are found by time", async () => {
      const topic = uniqueName("timed");
      const before = Date.now() - 1;
      await kcat(["-P", "-t", topic], "one\ntwo\n");
      expect(await kcat(["-Q", "-t", `${topic}:0:${before}`])).toMatch(/\[0\] offset 0/);
      expect(await kcat(["-Q", "-t", `${topic}:0:-1`])).toMatch(/\[0\] offset 2/);
      expect(await kcat(["-Q", "-t", `${topic}:0:-2`])).toMatch(/\[0\] offset 0/);
    });

    test("a group continues where it has stopped", async () => {
      const topic = uniqueName("grouped");
      const group = uniqueName("kcat");
      await kcat(["-P", "-t", topic], "one\ntwo\nthree\n");
      const next = (count: number) =>
        kcat(["-G", group, "-c", String(count), "-q", "-X", "auto.offset.reset=earliest", topic]);
      expect(await next(2)).toBe("one\ntwo\n");
      expect(await next(1)).toBe("three\n");
    });

    test("a record of a megabyte comes back; a larger one is refused by the broker", async () => {
      const topic = uniqueName("large");
      const value = "0123456789abcdef".repeat(62_500);
      await kcat(["-P", "-t", topic, "-X", "message.max.bytes=10000000"], `${value}\n`);
      expect(await consume(topic)).toBe(`${value}\n`);
      const { stderr } = await runCommand(
        ["kcat", "-b", broker.bootstrap, "-P", "-t", topic, "-X", "message.max.bytes=10000000"],
        { input: `${value}${value}\n` },
      );
      expect(stderr).toMatch(/Message size too large/);
    });

    test("lines are there after a restart", async () => {
      const topic = uniqueName("survivor");
      await kcat(["-P", "-t", topic], "before\n");
      await broker.restart();
      await kcat(["-P", "-t", topic], "after\n");
      expect(await consume(topic)).toBe("before\nafter\n");
    });
  });
}
