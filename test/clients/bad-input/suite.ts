import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { PATIENCE_MS, soon } from "../../patience.ts";
import type { BrokerUnderTest, Target } from "../broker-under-test.ts";
import { uniqueName } from "../topic-names.ts";
import { ByteWriter } from "../wire/byte-writer.ts";
import { frame, requestBytes, WireConnection } from "../wire/connection.ts";
import { readRecords, recordBatch } from "../wire/record-batch.ts";
import { brokenBatches } from "./batches.ts";
import { brokenInputs } from "./frames.ts";

const invalidTopicException = 17;
const unknownTopicOrPartition = 3;

/** What strangers and broken clients send: they get an error or lose their connection, and nobody else notices. */
export function badInputSuite(target: Target): void {
  describe(`bad input to ${target.name}`, () => {
    let broker: BrokerUnderTest;
    /** Open through the whole suite: every test asks it afterwards whether the broker still serves others. */
    let bystander: WireConnection;
    const topic = uniqueName("bystander");

    beforeAll(async () => {
      broker = await target.start();
      bystander = await WireConnection.open(broker.host, broker.port);
      await bystander.createReadyTopic(topic);
    });
    afterAll(async () => {
      bystander?.close();
      await broker?.dispose();
    });

    async function expectOthersServed(): Promise<void> {
      const value = uniqueName("served");
      const { errorCode, baseOffset } = await bystander.produce(topic, 0, recordBatch([{ value }]));
      expect(errorCode).toBe(0);
      const { records } = await bystander.fetch(topic, 0, baseOffset);
      expect(readRecords(records)).toMatchObject([{ offset: baseOffset, value }]);
    }

    const open = () => WireConnection.open(broker.host, broker.port);

    /** The line must name the peer; it may come a moment after the connection has ended. */
    async function logLinesNaming(port: number): Promise<string[]> {
      const lines = () => broker.output.split("\n").filter((line) => line.includes(`:${port}`));
      await vi.waitFor(() => expect(lines()).not.toEqual([]), soon);
      return lines();
    }

    describe.for(brokenInputs)("$name", ({ bytes, logged }) => {
      test("ends the connection, with one log line, and no other", async () => {
        const stranger = await open();
        const { localPort } = stranger;
        stranger.send(bytes);
        await expect(within(stranger.closed)).resolves.toBeUndefined();
        await expectOthersServed();
        if (!target.isPolylog) return;
        const lines = await logLinesNaming(localPort);
        expect(lines).toHaveLength(1);
        expect(lines[0]).toMatch(logged);
      });
    });

    test("requests that came whole before a broken one are answered", async () => {
      const stranger = await open();
      const answer = stranger.request(3, 4, new ByteWriter().int32(0).boolean(false).finish());
      stranger.send(new ByteWriter().int32(-1).finish());
      expect((await answer).remaining).toBeGreaterThan(0);
      await within(stranger.closed);
    });

    test("an unknown version of ApiVersions is answered with the versions there are", async () => {
      const stranger = await open();
      // The header of an unknown version is read as the newest: with tagged fields at its end.
      const answer = await stranger.request(18, 99, Buffer.from([0, 0, 0]));
      expect(answer.int16()).toBe(35);
      const versions = answer.array(() => ({ apiKey: answer.int16(), min: answer.int16(), max: answer.int16() }));
      expect(versions.find(({ apiKey }) => apiKey === 18)).toEqual({ apiKey: 18, min: 0, max: 5 });
      stranger.close();
    });

    test("Produce is announced from version 0, without which librdkafka would not compress; it is served from version 3", async () => {
      const stranger = await open();
      const answer = await stranger.request(18, 0, Buffer.alloc(0));
      expect(answer.int16()).toBe(0);
      const versions = answer.array(() => ({ apiKey: answer.int16(), min: answer.int16(), max: answer.int16() }));
      expect(versions.find(({ apiKey }) => apiKey === 0)).toEqual({ apiKey: 0, min: 0, max: 13 });
      stranger.send(frame(requestBytes(0, 2, 2, Buffer.alloc(0))));
      await within(stranger.closed);
    });

    describe.for(brokenBatches)("$name", ({ bytes, errorCodes }) => {
      test("is answered with an error; nothing is appended and the connection lives on", async () => {
        const stranger = await open();
        const before = await stranger.listOffset(topic, 0, -1);
        const { errorCode } = await stranger.produce(topic, 0, bytes);
        if (errorCodes) expect(errorCodes).toContain(errorCode);
        else expect(errorCode).not.toBe(0);
        expect(await stranger.listOffset(topic, 0, -1)).toEqual(before);
        await expectOthersServed();
        stranger.close();
      });
    });

    test("a record without a key is refused by a compacted topic", async () => {
      const stranger = await open();
      const compacted = uniqueName("compacted");
      await stranger.createReadyTopic(compacted, 1, { "cleanup.policy": "compact" });
      expect(await stranger.produce(compacted, 0, recordBatch([{ value: "keyless" }]))).toMatchObject({
        errorCode: 87,
      });
      stranger.close();
    });

    test.for(["no/slash", "", ".", "..", "x".repeat(250), "späce", "a b"])(
      "the topic name %j is invalid",
      async (name) => {
        const stranger = await open();
        expect(await stranger.createTopic(name, 1)).toBe(invalidTopicException);
        expect((await stranger.metadata([name], true)).topics).toMatchObject([{ errorCode: invalidTopicException }]);
        expect([invalidTopicException, unknownTopicOrPartition]).toContain(
          (await stranger.produce(name, 0, recordBatch([{ value: "v" }]))).errorCode,
        );
        expect([invalidTopicException, unknownTopicOrPartition]).toContain(
          (await stranger.fetch(name, 0, 0, 100, 0)).errorCode,
        );
        stranger.close();
      },
    );

    test("a partition that is not there, acks that do not exist, an offset out of range: Kafka's errors", async () => {
      const stranger = await open();
      const batch = recordBatch([{ value: "v" }]);
      expect(await stranger.produce(topic, 77, batch)).toMatchObject({ errorCode: unknownTopicOrPartition });
      expect(await stranger.produce(topic, 0, batch, 5)).toMatchObject({ errorCode: 21 });
      expect(await stranger.fetch(topic, 0, 1_000_000)).toMatchObject({ errorCode: 1 });
      expect(await stranger.fetch(topic, 0, -7)).toMatchObject({ errorCode: 1 });
      stranger.close();
    });

    // Apache Kafka allocates a frame as soon as its length is declared and runs out of heap here; Polylog must not.
    const polylogTest = test.runIf(target.isPolylog);

    polylogTest("frames that are declared large and never come cost no memory", async () => {
      await expectOthersServed();
      const beforeBytes = residentBytes(broker.pid);
      const strangers = await Promise.all(Array.from({ length: 200 }, open));
      for (const stranger of strangers) stranger.send(new ByteWriter().int32(100_000_000).int32(0).finish());
      await expectOthersServed();
      // 200 frames of 100 MB were promised: 20 GB.
      expect(residentBytes(broker.pid) - beforeBytes).toBeLessThan(64 << 20);
      for (const stranger of strangers) stranger.close();
    });

    polylogTest("a client that never reads its answers is not read any more; memory stays flat", async () => {
      const large = uniqueName("never-read");
      await bystander.createReadyTopic(large);
      const value = "x".repeat(1_000_000);
      for (let i = 0; i < 5; i++) await bystander.produce(large, 0, recordBatch([{ value }]));
      const beforeBytes = residentBytes(broker.pid);
      const body = new ByteWriter()
        .int32(-1)
        .int32(0)
        .int32(1)
        .int32(5 << 20)
        .int8(0);
      body
        .int32(1)
        .string(large)
        .int32(1)
        .int32(0)
        .int64(0)
        .int32(5 << 20);
      const fetches = Buffer.concat(
        Array.from({ length: 2_000 }, (_, i) => frame(requestBytes(1, 4, i, body.finish()))),
      );
      const strangers = await Promise.all([1, 2, 3].map(open));
      for (const stranger of strangers) {
        stranger.stopReading();
        stranger.send(fetches);
      }
      for (let i = 0; i < 20; i++) await expectOthersServed();
      // 3 x 2,000 answers of 5 MB were asked for: 30 GB.
      expect(residentBytes(broker.pid) - beforeBytes).toBeLessThan(128 << 20);
      for (const stranger of strangers) stranger.close();
      await expectOthersServed();
    });

    polylogTest("bad input again and again leaves nothing behind", async () => {
      const round = async () => {
        for (const { bytes } of brokenInputs) {
          const stranger = await open();
          stranger.send(bytes);
          await within(stranger.closed);
          stranger.close();
        }
        const stranger = await open();
        for (const { bytes } of brokenBatches) await stranger.produce(topic, 0, bytes);
        stranger.close();
      };
      for (let i = 0; i < 10; i++) await round();
      let grownBytes = Number.POSITIVE_INFINITY;
      // What is left behind is left behind again; a heap that grows once does not grow each time.
      for (let attempt = 0; attempt < 3 && grownBytes >= 32 << 20; attempt++) {
        const beforeBytes = residentBytes(broker.pid);
        for (let i = 0; i < 30; i++) await round();
        grownBytes = residentBytes(broker.pid) - beforeBytes;
      }
      expect(grownBytes).toBeLessThan(32 << 20);
      await vi.waitFor(() => expect(openSockets(broker.pid)).toBeLessThan(20), soon);
      await expectOthersServed();
    });
  });
}

function within<T>(promise: Promise<T>, limitMs = PATIENCE_MS): Promise<T> {
  const { promise: limit, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`nothing happened within ${limitMs} ms`)), limitMs);
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

function openSockets(pid: number): number {
  const directory = `/proc/${pid}/fd`;
  return readdirSync(directory).filter((fd) => {
    try {
      return readlinkSync(`${directory}/${fd}`).startsWith("socket:");
    } catch {
      return false;
    }
  }).length;
}

export function residentBytes(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))!;
  return Number(kilobytes) * 1024;
}
