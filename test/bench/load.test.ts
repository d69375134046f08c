import { type AddressInfo, createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { BatchScanner, type ScannedAnswer } from "../../bench/load/batch-scanner.ts";
import { loadBatch } from "../../bench/load/batches.ts";
import { Latencies } from "../../bench/load/latencies.ts";
import { runLoad } from "../../bench/load/run-load.ts";
import { SinkProcess } from "../../bench/sink-process.ts";
import { ByteWriter } from "../clients/wire/byte-writer.ts";
import { frame } from "../clients/wire/connection.ts";

const shape = { recordBytes: 1_024, batchBytes: 16_384 };

/** Of version 4, for one partition. */
function fetchAnswer(records: Uint8Array, highWatermark: number, errorCode = 0): Buffer {
  const head = new ByteWriter().int32(1).int32(0).int32(1).string("topic").int32(1).int32(0).int16(errorCode);
  return frame(head.int64(highWatermark).int64(highWatermark).int32(0).bytes(records).finish());
}

function batchAt(baseOffset: number): Buffer {
  const { bytes } = loadBatch(shape);
  const copy = Buffer.from(bytes);
  copy.writeBigInt64BE(BigInt(baseOffset), 0);
  return copy;
}

test("against the sink everything is acknowledged, and whatever is asked for is answered", async () => {
  const sink = await SinkProcess.start();
  onTestFinished(() => sink.stop());
  const { host, port } = sink;
  const { records, uncompressedBytes } = loadBatch(shape);
  const produced = await runLoad({
    kind: "produce",
    ...{ host, port, topics: ["sink"], partitions: 3, partitionsPerRequest: 1, connections: 2 },
    ...{ ...shape, totalBytes: 3_000_000, compression: "none" },
  });
  expect(produced.bytes).toBeGreaterThanOrEqual(3_000_000);
  expect(produced.bytes % uncompressedBytes).toBe(0);
  expect(produced.records).toBe((produced.bytes / uncompressedBytes) * records);
  expect(produced.seconds).toBeGreaterThan(0);
  const fetched = await runLoad({
    kind: "fetch",
    host,
    port,
    topic: "sink",
    consumers: 2,
    bytesPerConsumer: 5_000_000,
  });
  expect(fetched.bytes).toBeGreaterThanOrEqual(10_000_000);
  expect(fetched.records).toBeGreaterThan(9_000);
});

test("a batch that was spoilt, one that is missing and a refusal fail what reads everything back", async () => {
  const spoilt = batchAt(0);
  spoilt[spoilt.length - 5]! ^= 1;
  const cases: [Buffer, string][] = [
    [fetchAnswer(spoilt, 15), "has not the checksum that it says"],
    [fetchAnswer(batchAt(15), 30), "a batch at offset 15 where 0 was to come"],
    [fetchAnswer(new Uint8Array(0), 15), "nothing at offset 0, below 15"],
    [fetchAnswer(new Uint8Array(0), 0, 3), "Fetch was answered with error 3"],
  ];
  for (const [answer, reason] of cases) {
    const server = createServer((socket) => socket.on("data", () => socket.write(answer)).on("error", () => {}));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const load = { kind: "verify", host: "127.0.0.1", port, topics: ["topic"], partitions: 1 } as const;
    await expect(runLoad(load)).rejects.toThrow(reason);
    server.close();
  }
});

test("answers are counted the same in whatever pieces they arrive, a batch that was cut off at the end left out", () => {
  const count = loadBatch(shape).records;
  const cut = batchAt(2 * count).subarray(0, 9_000);
  const answers = [
    fetchAnswer(Buffer.concat([batchAt(0), batchAt(count), cut]), 100),
    fetchAnswer(new Uint8Array(0), 100),
    fetchAnswer(batchAt(2 * count), 100, 6),
    fetchAnswer(Buffer.concat([batchAt(0), batchAt(count).subarray(0, 30)]), 7),
  ];
  const stream = Buffer.concat(answers);
  for (const pieceBytes of [1, 3, 61, 500, 513, 4_096, stream.length]) {
    const seen: ScannedAnswer[] = [];
    const scanner = new BatchScanner((answer) => seen.push(answer));
    for (let at = 0; at < stream.length; at += pieceBytes) scanner.accept(stream.subarray(at, at + pieceBytes));
    expect(seen).toMatchObject([
      { errorCode: 0, highWatermark: 100, nextOffset: 2 * count, records: 2 * count },
      { errorCode: 0, highWatermark: 100, nextOffset: undefined, records: 0 },
      { errorCode: 6, highWatermark: 100, nextOffset: 3 * count, records: count },
      { errorCode: 0, highWatermark: 7, nextOffset: count, records: count },
    ]);
  }
});

test("percentiles are those of what was seen", () => {
  const latencies = new Latencies(1_000);
  expect(latencies.percentiles()).toEqual({ p50Ms: 0, p99Ms: 0, p999Ms: 0 });
  for (let ms = 1_000; ms > 0; ms--) latencies.add(ms);
  latencies.add(50_000);
  expect(latencies.percentiles()).toEqual({ p50Ms: 501, p99Ms: 991, p999Ms: 1_000 });
});
